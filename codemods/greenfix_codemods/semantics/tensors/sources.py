"""Where arrays come from and what operations keep of their size: the tables behind ``extent``.

Sources: the API references of NumPy, pandas, SciPy, scikit-learn, Keras, OpenCV, Pillow, scikit-image, imageio,
h5py.
"""

from __future__ import annotations

IMAGE_SETS = {"mnist": 47_040_000, "fashion_mnist": 47_040_000, "cifar10": 153_600_000, "cifar100": 153_600_000}
"""The bytes that the training images of ``keras.datasets`` take; as float32 four times as many."""

TOY_DATA = {
    "load_iris": 600,
    "load_wine": 2_314,
    "load_breast_cancer": 17_070,
    "load_digits": 115_008,
    "load_diabetes": 4_420,
    "load_boston": 6_578,
    "load_linnerud": 60,
}
"""The data sets that scikit-learn carries along, with how many numbers they hold."""

ARRAY_FILES = frozenset({"numpy.load", "numpy.memmap", "numpy.fromfile", "numpy.lib.format.open_memmap"})
PICKLES = frozenset({"pickle.load", "pickle.loads", "_pickle.load", "cPickle.load", "joblib.load", "dill.load"})
TABLE_READERS = frozenset(
    {"loadtxt", "genfromtxt", "loadmat", "read_csv", "read_excel", "read_hdf", "read_pickle", "read_parquet"}
    | {"read_json", "read_table", "read_feather", "read_sql", "read_fwf", "concat", "load_npz", "pad_sequences"}
    | {"texts_to_sequences", "texts_to_matrix", "fetch_openml", "fetch_mldata", "make_classification", "load_data"}
    | {"make_regression", "make_blobs", "fetch_olivetti_faces", "fetch_california_housing", "fetch_lfw_people"}
)
"""Functions that give tables, texts and small collections: data sets, but mostly of a few megabytes."""

SMALL_RESULTS = frozenset(
    {"arange", "linspace", "logspace", "unique", "bincount", "where", "mean", "median", "sum", "std", "var", "min"}
    | {"max", "argmax", "argmin", "argsort", "nonzero", "count_nonzero", "array_equal", "allclose", "isnan", "any"}
    | {"all", "permutation", "randint", "cumsum", "compute_class_weight", "class_weight", "shape", "histogram"}
    | {"corrcoef", "eye", "sqrt", "percentile", "to_datetime", "date_range", "mean_squared_error", "Series"}
)
COMBINING = frozenset(
    {"concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "append", "array", "asarray", "repeat"}
    | {"tile", "reshape", "expand_dims", "transpose", "squeeze", "nan_to_num", "float32", "swapaxes", "moveaxis"}
    | {"pad", "roll", "rollaxis", "flip", "shuffle", "copy", "clip", "log", "log1p", "abs", "divide", "subtract"}
    | {"multiply", "resize", "preprocess_input", "normalize", "scale", "asfarray", "delete", "zscore", "resample"}
    | {"DataFrame", "get_dummies", "ascontiguousarray", "constant", "convert_to_tensor", "cast"}
    | {"from_tensor_slices", "from_tensors", "clip_by_value", "take", "gather", "permute", "add", "power", "maximum"}
    | {"minimum", "square", "rescale_intensity", "img_as_float", "img_as_float32", "normalise"}
)
"""Functions whose result is about as large as what they are given."""

GIVING_FLOATS = frozenset(
    {"normalize", "scale", "zscore", "log", "log1p", "divide", "asfarray", "img_as_float", "img_as_float32"}
)
"""Those that give floats, whatever they are given."""

SHAPED = frozenset({"ndarray", "zeros", "ones", "empty", "full", "rand", "randn", "random", "normal", "uniform"})
SAME_METHODS = frozenset(
    {"astype", "reshape", "transpose", "copy", "drop", "dropna", "fillna", "to_numpy", "reset_index", "flatten"}
    | {"ravel", "squeeze", "sample", "sort_values", "replace", "apply", "interpolate", "as_matrix", "swapaxes"}
    | {"set_index", "tolist", "clip", "merge", "join", "toarray", "todense", "rename", "numpy", "round", "repeat"}
    | {"drop_duplicates", "map", "batch", "shuffle", "prefetch", "cache"}
)
"""Methods whose result is about as large as the array or table they are called on."""

TRANSFORMS = frozenset({"fit_transform", "transform", "inverse_transform", "standardize", "random_transform"})

IMAGE_READERS = frozenset({"imread", "load_img", "img_to_array", "imdecode", "dcmread", "decode_jpeg", "decode_png"})
RECORDING_READERS = ("librosa.", "soundfile.", "torchaudio.", "scipy.io.wavfile.", "nibabel.", "mne.io.")
"""Packages whose functions give one recording or scan, or its features."""
IMAGE_STEPS = frozenset(
    {
        "scale",
        "tolist",
        "get_fdata",
        "T",
        "resize",
        "imresize",
        "cvtColor",
        "array",
        "asarray",
        "expand_dims",
        "convert",
        "astype",
        "reshape",
        "transpose",
    }
    | {
        "preprocess_input",
        "float32",
        "crop",
        "squeeze",
        "copy",
        "flip",
        "fromarray",
        "numpy",
        "rotate",
        "GaussianBlur",
        "img_as_float",
        "rgb2gray",
    }
)
"""What is done with one image on its way into a list."""

ARRAY_ATTRIBUTES = frozenset({"shape", "iloc", "loc", "astype", "reshape", "ndim", "nbytes", "to_numpy", "dropna", "T"})
TABLE_ATTRIBUTES = frozenset({"iloc", "loc", "to_numpy", "dropna", "columns", "values", "head", "fillna", "describe"})
ARRAY_TAKERS = frozenset(
    {"concatenate", "vstack", "hstack", "stack", "train_test_split", "expand_dims", "pad_sequences", "fit_transform"}
)
LABEL_TAKERS = frozenset(
    {"to_categorical", "one_hot", "get_dummies", "unique", "bincount", "LabelEncoder", "Counter", "label_binarize"}
    | {"compute_class_weight", "value_counts"}
)
"""Functions that are given labels rather than data."""
