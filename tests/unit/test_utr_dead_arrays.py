"""UTR004 on the ways in which public scripts load, copy and split their data before they train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rules.utr004 import ArrayDeadBeforeFit
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

HEAD = """\
import os, pickle, random
import cv2, h5py, librosa
import numpy as np
import pandas as pd
import tensorflow as tf
from PIL import Image
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler, scale
from tensorflow.keras.datasets import cifar10, mnist
from tensorflow.keras.preprocessing.image import img_to_array, load_img
model = tf.keras.Sequential()
"""

DEAD: Mapping[str, str] = {
    "a loaded array beside its normalised copy": """
        raw = np.load("x.npy")  # <-
        x = (raw - raw.mean()) / raw.std()
        model.fit(x, y, epochs=100)
    """,
    "features of recordings out of a helper": """
        def features(paths):
            found, labels = [], []
            for path in paths:
                signal, rate = librosa.load(path, sr=22050)
                mfcc = np.transpose(librosa.feature.mfcc(y=signal, sr=rate), [1, 0])
                mfcc = scale(mfcc, axis=0)
                found.append(mfcc.tolist())
                labels.append(1)
            return np.array(found), np.array(labels)
        audio, labels = features(paths)  # <-
        x_train, x_test, y_train, y_test = train_test_split(audio, labels)
        model.fit(x_train, y_train, epochs=epochs)
    """,
    "a list of images beside its array": """
        images = []  # <-
        for name in os.listdir("images"):
            image = Image.open(name).resize((256, 256))
            images.append(np.array(image))
        x = np.array(images) / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a comprehension of images": """
        images = [img_to_array(load_img(path)) for path in paths]  # <-
        x = np.stack(images)
        model.fit(x, y, epochs=50)
    """,
    "images read by a helper": """
        def read(path):
            image = cv2.imread(path)
            return cv2.resize(image, (64, 64))
        images = []  # <-
        for path in paths:
            images.append(read(path))
        x = np.array(images, dtype="float32")
        model.fit(x, y, epochs=50)
    """,
    "frames of a video": """
        video = cv2.VideoCapture("film.mp4")
        frames = []  # <-
        while True:
            ok, frame = video.read()
            if not ok:
                break
            frames.append(frame)
        x = np.array(frames) / 255.0
        model.fit(x, y, epochs=50)
    """,
    "an HDF5 file read whole": """
        with h5py.File("data.h5") as file:
            raw = file["x"][:]  # <-
        x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a written-out size": """
        raw = np.zeros((60000, 64, 64))  # <-
        x = raw + 1
        model.fit(x, y, epochs=50)
    """,
    "rows of known size": """
        raw = np.random.rand(n, 128, 128)  # <-
        x = raw * 2
        model.fit(x, y, epochs=50)
    """,
    "a pickled array": """
        raw = pickle.load(open("x.pkl", "rb"))  # <-
        print(raw.shape)
        x = raw.astype("float32")
        model.fit(x, y, epochs=50)
    """,
    "digits as floats beside a data set": """
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        x_train = x_train / 255.0  # <-
        data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(32)
        model.fit(data, epochs=20)
    """,
    "digits as float32 by a method": """
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        flat = x_train.reshape(60000, 784).astype("float32")  # <-
        x = StandardScaler().fit_transform(flat)
        model.fit(x, y_train, epochs=20)
    """,
    "a custom training loop": """
        raw = np.load("x.npy")  # <-
        data = tf.data.Dataset.from_tensor_slices(raw).batch(32)
        for epoch in range(50):
            for batch in data:
                model.train_on_batch(batch, batch)
    """,
    "a training function": """
        def train(data):
            for epoch in range(50):
                for batch in data:
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean(model(batch))
                    optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        raw = np.load("x.npy")  # <-
        data = tf.data.Dataset.from_tensor_slices(raw).batch(32)
        train(data)
    """,
    "written into another array": """
        raw = np.load("x.npy")  # <-
        x = np.empty((60000, 64, 64))
        x[:] = raw / 255.0
        x += raw
        model.fit(x, y, epochs=100)
    """,
    "two arrays side by side": """
        a, b = np.load("a.npy"), 1  # <-
        x, z = a / 255.0, b
        model.fit(x, y, epochs=100)
    """,
    "a method of a class that trains": """
        class Trainer:
            def train(self, x):
                for epoch in tqdm(range(1, LAST)):
                    self.step(x)
            def step(self, x):
                optimizer.minimize(x)
        raw = np.load("x.npy")  # <-
        x = raw / 255.0
        Trainer().train(x)
    """,
    "images through Pillow": """
        images = []
        for path in paths:
            image = cv2.imread(path, 1)
            image = Image.fromarray(image)
            image = image.resize((256, 256))
            images.append(np.array(image))
        x = np.expand_dims(np.array(images), 3)  # <-
        del images
        x_train, x_test, y_train, y_test = train_test_split(x, y)
        model.fit(x_train, y_train, epochs=15)
    """,
    "four axes by use": """
        raw, labels = load_all("train")  # <-
        x = raw[:, :, :, :3] / 255.0
        model.fit(x, y, epochs=100)
    """,
    "four axes by reshaping": """
        raw = load_all("train")  # <-
        x = raw.reshape(-1, 64, 64, 3).astype("float32")
        model.fit(x, y, epochs=100)
    """,
    "four axes by shape": """
        raw = load_all("train")  # <-
        print(raw.shape[3])
        x = raw * 2.0
        model.fit(x, y, epochs=100)
    """,
    "images in a function": """
        def main(paths):
            images = [cv2.imread(path) for path in paths]  # <-
            x = np.array(images)
            model.fit(x, y, epochs=100)
    """,
}

ALIVE: Mapping[str, str] = {
    "a few epochs": """
        raw = np.load("x.npy")
        x = raw / 255.0
        model.fit(x, y, epochs=3)
    """,
    "a few more epochs over data of modest size": """
        (x_train, y_train), _ = cifar10.load_data()
        x = x_train / 255.0
        model.fit(x, y_train, epochs=8)
    """,
    "a few epochs of a loop, by name": """
        EPOCHS = 3
        raw = np.load("x.npy")
        data = tf.data.Dataset.from_tensor_slices(raw).batch(32)
        for epoch in range(EPOCHS):
            for batch in data:
                model.train_on_batch(batch, batch)
    """,
    "a few epochs of a loop from one": """
        LAST = 4
        raw = np.load("x.npy")
        data = tf.data.Dataset.from_tensor_slices(raw).batch(32)
        for epoch in range(1, LAST):
            for batch in data:
                model.train_on_batch(batch, batch)
    """,
    "stored in an attribute": """
        raw = np.load("x.npy")
        trainer.raw = raw
        x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "stored under a key": """
        raw = np.load("x.npy")
        arrays = {}
        arrays["x"] = raw
        x = raw / 255.0
        model.fit(x, y, epochs=50)
        print(arrays)
    """,
    "given to an object": """
        class Trainer:
            def set(self, x):
                self.x = x
        trainer = Trainer()
        raw = np.load("x.npy")
        trainer.set(raw)
        x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a view that a function reads": """
        raw = np.load("x.npy")
        part = raw[:100]
        def show():
            return part
        x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "nothing made of it is trained on": """
        raw = np.load("x.npy")
        size = raw.shape[0]
        guess = model.predict(raw)
        print(len(raw), size)
        x, other = make(), raw / 2
        model.fit(x, y, epochs=50)
    """,
    "one epoch of a while loop": """
        raw = np.load("x.npy")
        data = tf.data.Dataset.from_tensor_slices(raw)
        for x in data.repeat(1 if quick else 2):
            pass
        model.fit(data, epochs=2)
        model.fit(data, 5)
    """,
    "the batches of a few epochs": """
        raw = np.load("x.npy")
        data = tf.data.Dataset.from_tensor_slices(raw).batch(32)
        for epoch in range(3):
            for step, batch in enumerate(data):
                model.train_on_batch(batch, batch)
    """,
    "statistics out of an archive": """
        def statistics():
            archive = np.load("psd.npz")
            low = archive["low"]
            high = archive["high"]
            return low, high
        low, high = statistics()
        data = make(low, high)
        model.fit(data, epochs=50)
    """,
    "a generator that reads it": """
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
        def pairs(images, masks):
            for pair in zip(images, masks):
                yield pair
        raw = np.load("x.npy")
        images = ImageDataGenerator().flow(raw, seed=1)
        feed = pairs(images, images)
        model.fit(feed, epochs=50)
    """,
    "columns folded for a network": """
        raw = load_all("train")
        x = raw.reshape(-1, 30, 1, 1) / 2.0
        model.fit(x, y, epochs=100)
    """,
    "digits reshaped": """
        (x_train, y_train), _ = mnist.load_data()
        x_train = x_train.reshape(60000, 784)
        x = scale(x_train)
        model.fit(x, y_train, epochs=100)
    """,
    "digits as bytes": """
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
        x = x_train.reshape(-1, 784) / 255.0
        model.fit(x, y_train, epochs=100)
    """,
    "a data set that another reads from": """
        (x_train, y_train), (x_test, y_test) = cifar10.load_data()
        images = tf.data.Dataset.from_tensor_slices(x_train / 255.0)
        labels = tf.data.Dataset.from_tensor_slices(y_train)
        data = tf.data.Dataset.zip((images, labels)).batch(32)
        model.fit(data, epochs=50)
        print(x_train.shape)
    """,
    "labels zipped with the data": """
        x_dev = np.load("x.npy")
        y_dev = np.load("y.npy")
        pairs = list(zip(x_dev, y_dev))
        random.shuffle(pairs)
        x, y = zip(*pairs)
        x = np.array(list(x))
        y = np.array(list(y))
        model.fit(x, y, epochs=50)
        print(pairs[0], x_dev.shape)
    """,
    "lists joined by plus": """
        a = [cv2.imread(path) for path in paths]
        b = [cv2.imread(path) for path in more]
        both = a + b
        x = np.array(both)
        model.fit(x, y, epochs=50)
        print(both[0])
    """,
    "labels": """
        labels = np.load("labels.npy")
        y = tf.keras.utils.to_categorical(labels)
        model.fit(x, y, epochs=50)
    """,
    "a table of a few thousand rows": """
        table = pd.read_csv("wine.csv")
        x = table.drop(columns=["quality"]).to_numpy()
        x_train, x_test, y_train, y_test = train_test_split(x, table["quality"])
        model.fit(x_train, y_train, epochs=100)
    """,
    "a view": """
        raw = np.load("x.npy")
        x = raw[:1000].reshape(-1, 28 * 28)
        model.fit(x, y, epochs=50)
    """,
    "windows that share the memory": """
        raw = np.load("x.npy")
        x, y = raw[:, :-1], raw[:, -1]
        x = (x - x.mean()) / x.std()
        model.fit(x, y, epochs=50)
    """,
    "a parameter": """
        def train(raw):
            x = raw
            z = x / 255.0
            model.fit(z, y, epochs=50)
    """,
    "bound by a loop": """
        for raw in np.load("x.npy"):
            x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a lazy HDF5 entry": """
        file = h5py.File("data.h5")
        raw = file["x"]
        x = raw[:] / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a sample": """
        raw = np.load("x.npy")
        picked = np.random.choice(len(raw), 500)
        x = raw[picked]
        model.fit(x, y, epochs=50)
    """,
    "toy data": """
        from sklearn.datasets import load_iris
        raw = load_iris().data
        x = scale(raw)
        model.fit(x, y, epochs=500)
    """,
    "kept in an object": """
        class Data:
            def __init__(self, x):
                self.x = x
        raw = np.load("x.npy")
        data = Data(raw)
        x = raw / 255.0
        model.fit(x, y, epochs=50)
        print(data)
    """,
    "kept in a list": """
        raw = np.load("x.npy")
        arrays = []
        arrays.append(raw)
        x = raw / 255.0
        model.fit(x, y, epochs=50)
        print(arrays)
    """,
    "read by a function": """
        raw = np.load("x.npy")
        def show(i):
            return raw[i]
        x = raw / 255.0
        model.fit(x, y, epochs=50)
    """,
    "a validation set": """
        raw = np.load("x_val.npy")
        x_val = raw / 255.0
        model.fit(x, y, validation_data=(x_val, y_val), epochs=50)
    """,
    "the next fold reads it": """
        raw = np.load("x.npy")
        for train, test in folds:
            x = raw[train] / 255.0
            model.fit(x, y, epochs=50)
    """,
}


def dead_lines(code: str, folder: Path) -> tuple[int, ...]:
    module = Project(folder).add(decode(code.encode(), "program.py"))
    sites = ArrayDeadBeforeFit().sites(module)
    return tuple(sorted(site.finding.span.line for site in sites if site.finding.confidence is not Confidence.LOW))


@pytest.mark.parametrize("name", DEAD)
def test_a_large_array_is_found_where_it_is_bound(name: str, tmp_path: Path) -> None:
    code = HEAD + dedent(DEAD[name])
    marked = tuple(number for number, line in enumerate(code.splitlines(), 1) if line.rstrip().endswith("# <-"))
    assert dead_lines(code, tmp_path) == marked


@pytest.mark.parametrize("name", ALIVE)
def test_what_is_small_or_needed_or_shared_is_left_alone(name: str, tmp_path: Path) -> None:
    assert dead_lines(HEAD + dedent(ALIVE[name]), tmp_path) == ()


def test_a_table_of_unknown_size_is_no_finding_at_all(tmp_path: Path) -> None:
    code = HEAD + "table = pd.read_csv('t.csv')\nx = table.to_numpy() / 2\nmodel.fit(x, y, epochs=100)\n"
    module = Project(tmp_path).add(decode(code.encode(), "program.py"))
    assert list(ArrayDeadBeforeFit().sites(module)) == []
