"""What ``from tensorflow.keras.layers import *`` and the like bring: the well-known names, without importing anything.

A star import of a library cannot be read from the project's files. The tables hold the names that the rules ask for;
a name that is missing here stays unknown, which costs a finding and never makes a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping

from greenfix_codemods.semantics.names import canonical

_NAMES: Mapping[str, str] = {
    "tensorflow": (
        "GradientTape Variable Tensor cast compat concat config constant convert_to_tensor data distribute "
        "expand_dims function keras linalg losses math matmul nn ones one_hot optimizers random reduce_max "
        "reduce_mean reduce_min reduce_sum reshape square squeeze stack summary train zeros"
    ),
    "keras": (
        "Input Model Sequential applications backend callbacks datasets layers losses metrics models ops optimizers "
        "preprocessing regularizers utils"
    ),
    "keras.models": "Model Sequential clone_model load_model model_from_json save_model",
    "keras.layers": (
        "Activation Add Attention Average AveragePooling1D AveragePooling2D BatchNormalization Bidirectional "
        "Concatenate Conv1D Conv2D Conv2DTranspose Conv3D ConvLSTM2D Dense DepthwiseConv2D Dropout Embedding "
        "Flatten GRU GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D "
        "Input InputLayer LSTM Lambda Layer LayerNormalization LeakyReLU Masking MaxPool2D MaxPooling1D "
        "MaxPooling2D MultiHeadAttention Multiply Permute RepeatVector Reshape SeparableConv2D SimpleRNN "
        "TimeDistributed UpSampling2D ZeroPadding2D concatenate"
    ),
    "keras.losses": (
        "BinaryCrossentropy CategoricalCrossentropy Huber KLDivergence MeanAbsoluteError MeanSquaredError "
        "SparseCategoricalCrossentropy binary_crossentropy categorical_crossentropy mean_squared_error "
        "sparse_categorical_crossentropy"
    ),
    "keras.metrics": (
        "AUC Accuracy BinaryAccuracy CategoricalAccuracy Mean MeanAbsoluteError MeanSquaredError Precision Recall "
        "SparseCategoricalAccuracy"
    ),
    "keras.optimizers": "Adadelta Adagrad Adam AdamW Adamax Ftrl Nadam RMSprop SGD",
    "keras.backend": "clear_session concatenate mean set_session square sum",
    "keras.utils": "clear_session plot_model to_categorical",
    "keras.preprocessing.image": "ImageDataGenerator img_to_array load_img",
    "keras.applications": "DenseNet121 EfficientNetB0 InceptionV3 MobileNet MobileNetV2 ResNet50 VGG16 VGG19 Xception",
    "keras.datasets": "cifar10 cifar100 fashion_mnist imdb mnist reuters",
}


def library_star(module: str) -> dict[str, str]:
    """The names that ``from module import *`` brings, with what they mean; empty for a library that is not known."""
    return {name: f"{module}.{name}" for name in _NAMES.get(canonical(module), "").split()}
