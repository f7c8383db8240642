"""UTR001, UTR002, UTR005 on the shapes that public training loops have: kept tensors and their look-alikes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

RULES = [rule for rule in all_rules() if rule.code in ("UTR001", "UTR002", "UTR005")]

HEAD = """\
import numpy as np
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam()
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss
data = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)
"""

KEPT: Mapping[str, str] = {
    "conditional release": """
        losses = []
        for epoch in range(100):
            for x, y in data:
                losses.append(step(x, y))  # <-
            if args.debug:
                losses = []
    """,
    "cleared on an error only": """
        losses = []
        for epoch in range(100):
            try:
                for x, y in data:
                    losses.append(step(x, y))  # <-
            except KeyboardInterrupt:
                losses.clear()
                raise
    """,
    "cleared after the loop": """
        losses = []
        for epoch in range(100):
            losses.append(step(x, y))  # <-
        losses.clear()
    """,
    "dict of lists by keyword": """
        history = dict(loss=[], accuracy=[])
        for epoch in range(100):
            history["loss"].append(step(x, y))  # <-
    """,
    "defaultdict of lists": """
        from collections import defaultdict
        history = defaultdict(list)
        for epoch in range(100):
            history["loss"].append(step(x, y))  # <-
    """,
    "dict store by epoch": """
        history = {}
        for epoch in range(100):
            history[epoch] = step(x, y)  # <-
    """,
    "module-level list filled by a function": """
        losses = []
        def run(x, y):
            loss = step(x, y)
            losses.append(loss)  # <-
        for epoch in range(100):
            for x, y in data:
                run(x, y)
    """,
    "list of tuples": """
        history = []
        for epoch in range(100):
            loss = step(x, y)
            history.append((epoch, loss))  # <-
        print(history[-1])
    """,
    "list plus list": """
        losses = []
        for epoch in range(100):
            losses += [step(x, y)]  # <-
    """,
    "list equals list plus list": """
        losses = []
        for epoch in range(100):
            losses = losses + [step(x, y)]  # <-
    """,
    "total that becomes a tensor": """
        averages = []
        for epoch in range(100):
            total, batches = 0, 0
            for x, y in data:
                total += step(x, y)
                batches += 1
            averages.append(total / batches)  # <-
    """,
    "total by plain assignment": """
        averages = []
        for epoch in range(100):
            total = 0.0
            for x, y in data:
                total = total + step(x, y)
            averages.append(total)  # <-
    """,
    "metric results": """
        metric = tf.keras.metrics.Mean(name="loss")
        results = []
        for epoch in range(100):
            for x, y in data:
                metric.update_state(step(x, y))
            results.append(metric.result())  # <-
            metric.reset_states()
    """,
    "mean of a per-epoch list as a tensor": """
        averages = []
        for epoch in range(100):
            losses = []
            for x, y in data:
                losses.append(step(x, y))
            averages.append(tf.reduce_mean(losses))  # <-
    """,
    "while loop": """
        losses = []
        epoch = 0
        while epoch < 100:
            losses.append(step(x, y))  # <-
            epoch += 1
    """,
    "tqdm and enumerate": """
        from tqdm import tqdm
        losses = []
        for epoch in tqdm(range(100)):
            for i, (x, y) in enumerate(tqdm(data)):
                loss = step(x, y)
                if i % 10 == 0:
                    losses.append(loss)  # <-
    """,
    "a train function that returns its list": """
        def train(epochs):
            losses = []
            for epoch in range(epochs):
                for x, y in data:
                    loss = step(x, y)
                losses.append(loss)  # <-
            return losses
    """,
    "two losses of a GAN step in graph mode": """
        @tf.function
        def gan_step(x):
            with tf.GradientTape() as tape:
                g_loss = tf.reduce_mean(model(x))
                d_loss = tf.reduce_mean(-model(x))
            optimizer.apply_gradients(zip(tape.gradient(g_loss, model.trainable_variables), model.trainable_variables))
            return g_loss, d_loss
        g_losses, d_losses = [], []
        for epoch in range(100):
            for x, y in data:
                g_loss, d_loss = gan_step(x)
            g_losses.append(g_loss)  # <-
            d_losses.append(d_loss)  # <-
    """,
    "a step that returns a dict": """
        def dict_step(x, y):
            return {"loss": step(x, y)}
        losses = []
        for epoch in range(100):
            losses.append(dict_step(x, y)["loss"])  # <-
    """,
    "extend over an iterated tensor": """
        labels = []
        for x, y in data:
            labels.extend(y)  # <-
        print(np.mean(labels))
    """,
    "extend over predictions": """
        guesses = []
        for x, y in data:
            guesses.extend(tf.argmax(model(x), axis=1))  # <-
        print(np.mean(guesses))
    """,
    "tf.concat growth over batches": """
        total = tf.zeros((0, 1))
        for x, y in data:
            total = tf.concat([total, model(x)], axis=0)  # <-
    """,
    "tf.concat growth from None": """
        total = None
        for x, y in data:
            guess = model(x)
            if total is None:
                total = guess
            else:
                total = tf.concat([total, guess], 0)  # <-
    """,
    "tf.concat growth with a tuple": """
        predictions = tf.constant([], dtype=tf.float32)
        for x, y in data:
            predictions = tf.concat((predictions, tf.squeeze(model(x))), axis=0)  # <-
    """,
    "trainer class with a list on self": """
        class Trainer:
            def __init__(self):
                self.losses = []
            def train_step(self, x, y):
                loss = step(x, y)
                self.losses.append(loss)  # <-
                return loss
            def train(self):
                for epoch in range(100):
                    for x, y in data:
                        self.train_step(x, y)
    """,
    "history dict on self": """
        class Trainer:
            def __init__(self):
                self.history = {"loss": []}
            def train(self):
                for epoch in range(100):
                    for x, y in data:
                        loss = step(x, y)
                    self.history["loss"].append(loss)  # <-
    """,
    "gradients on self": """
        class Worker:
            def update(self, x):
                with tf.GradientTape() as tape:
                    self.loss = tf.reduce_mean(model(x))  # <-
                self.grads = tape.gradient(self.loss, model.trainable_variables)  # <-
                optimizer.apply_gradients(zip(self.grads, model.trainable_variables))
            def run(self):
                for episode in range(100):
                    state = env.reset()
                    self.update(state)
    """,
    "tuples of which only the number is read": """
        history = []
        for x, y in data:
            history.append((step(x, y), model(x)))  # <-
        print([loss for loss, _ in history], len(history))
        for loss, guess in history[-5:]:
            print(loss)
        print(history[0][0])
    """,
    "a list inserted at its front": """
        losses = []
        for epoch in range(100):
            losses.insert(0, step(x, y))  # <-
    """,
    "setdefault": """
        history = {}
        for epoch in range(100):
            history.setdefault("loss", []).append(step(x, y))  # <-
    """,
    "a list of the whole function around": """
        def train():
            losses = []
            def run(x, y):
                losses.append(step(x, y))  # <-
            for epoch in range(100):
                for x, y in data:
                    run(x, y)
            print(losses[-1])
    """,
    "a counted key": """
        history, number = {}, 0
        while True:
            number += 1
            history[number] = step(x, y)  # <-
    """,
    "predictions on self that nobody reads": """
        class Net:
            def __init__(self):
                self.guesses = []
            def run(self):
                for x, y in data:
                    self.guesses.append(model(x))  # <-
    """,
    "a callback method that fills a list": """
        class Net:
            def __init__(self):
                self.losses = []
            def train_one_step(self, x, y):
                self.losses.append(step(x, y))  # <-
    """,
    "read as numbers": """
        kept = []
        for epoch in range(100):
            kept.append(unknown(x, training=True))  # <-
            step(x, y)
        print(np.mean(kept))
        print(f"{kept}")
    """,
    "in a module list by a loop of a function": """
        losses = []
        def train():
            for epoch in range(100):
                losses.append(step(x, y))  # <-
        train()
    """,
    "in a loop over data that a script calls once": """
        def run():
            losses = []
            for x, y in data:
                losses.append(step(x, y))  # <-
            print(losses[-1])
        run()
    """,
    "unpacked by an attribute write": """
        class Net:
            def __init__(self):
                self.losses, (self.other, self.count) = [], ([], 0)
            def train(self):
                for epoch in range(100):
                    self.losses += [step(x, y)]  # <-
    """,
    "vectors of a batch": """
        kept = []
        each = tf.keras.losses.MeanSquaredError(reduction="none")
        for x, y in data:
            step(x, y)
            kept.append(each(x, y))  # <-
    """,
    "activations on a module global": """
        last = None
        def run(x):
            global last
            last = model(x)  # <-
            return tf.reduce_mean(last)
        for x, y in data:
            run(x)
    """,
}

NOT_KEPT: Mapping[str, str] = {
    "a loop over two pairs": """
        class Cycle:
            def update(self, a, b):
                made = []
                for real, generator in zip([a, b], [self.there, self.back]):
                    with tf.GradientTape() as tape:
                        fake = generator(real, training=True)
                        loss = tf.reduce_mean(fake)
                    optimizer.apply_gradients(zip(tape.gradient(loss, generator.variables), generator.variables))
                    made.append(loss)
                return made
            def step(self, a, b):
                return self.update(a, b)
    """,
    "a federated computation": """
        import tensorflow_federated as tff
        @tff.tf_computation(MODEL, BATCH)
        def batch_loss(weights, batch):
            return tf.reduce_mean(batch)
        losses = []
        for epoch in range(50):
            weights = train(weights, batch, epochs=1)
            losses.append(batch_loss(weights, batch))
    """,
    "a step that returns numpy": """
        def numpy_step(x, y):
            return step(x, y).numpy()
        losses = []
        for epoch in range(100):
            losses.append(numpy_step(x, y))
    """,
    "a step that returns a float": """
        def float_step(x, y):
            return float(step(x, y))
        losses = []
        for epoch in range(100):
            losses.append(float_step(x, y))
    """,
    "np.mean of tensors": """
        averages = []
        for epoch in range(100):
            losses = [step(x, y) for x, y in data]
            averages.append(np.mean(losses))
    """,
    "a metric result as a number": """
        metric = tf.keras.metrics.Mean()
        results = []
        for epoch in range(100):
            metric(step(x, y))
            results.append(metric.result().numpy())
    """,
    "keras backend get_value": """
        results = []
        for epoch in range(100):
            results.append(tf.keras.backend.get_value(step(x, y)))
    """,
    "one running total": """
        total = 0.0
        for epoch in range(100):
            total += step(x, y)
        print(total)
    """,
    "train_on_batch": """
        losses = []
        for epoch in range(100):
            loss = model.train_on_batch(x, y)
            losses.append(loss)
    """,
    "fit history": """
        losses = []
        for epoch in range(100):
            history = model.fit(x, y)
            losses.append(history.history["loss"])
    """,
    "evaluate": """
        scores = []
        for epoch in range(100):
            scores.append(model.evaluate(x, y))
    """,
    "predictions stacked afterwards": """
        outputs = []
        for x, y in data:
            outputs.append(model(x))
        result = np.concatenate(outputs)
    """,
    "returned large outputs": """
        def embed(data):
            outputs = []
            for x, y in data:
                outputs.append(model(x))
            return outputs
    """,
    "list remade per epoch": """
        for epoch in range(100):
            losses = []
            for x, y in data:
                losses.append(step(x, y))
            print(epoch, np.mean(losses))
    """,
    "list cleared per epoch": """
        losses = []
        for epoch in range(100):
            for x, y in data:
                losses.append(step(x, y))
            print(epoch, np.mean(losses))
            losses.clear()
    """,
    "list deleted per epoch by slice": """
        losses = []
        for epoch in range(100):
            for x, y in data:
                losses.append(step(x, y))
            del losses[:]
    """,
    "list set to None and made anew": """
        losses = []
        for epoch in range(100):
            for x, y in data:
                losses.append(step(x, y))
            losses = []
    """,
    "window of the last ones": """
        losses = []
        for epoch in range(100):
            losses.append(step(x, y))
            losses = losses[-10:]
    """,
    "validation function": """
        def validate():
            losses = []
            for x, y in data:
                losses.append(tf.reduce_mean(model(x)))
            return np.mean(losses)
        for epoch in range(100):
            validate()
    """,
    "decoder that grows a sequence": """
        def decode(x, steps):
            sequence = tf.expand_dims(x, 1)
            token = sequence
            for t in range(1, steps):
                token = model(token)
                sequence = tf.concat([sequence, token], axis=1)
            return sequence
    """,
    "decoder that reads what it wrote": """
        output = tf.zeros((1, 1))
        for t in range(100):
            word = model(output)
            output = tf.concat([output, word], axis=1)
    """,
    "graph code": """
        @tf.function
        def losses_of(xs):
            losses = []
            for x in xs:
                losses.append(tf.reduce_mean(x))
            return tf.stack(losses)
    """,
    "layers of a model": """
        skips = []
        x = tf.keras.Input((8,))
        for units in range(100):
            x = tf.keras.layers.Dense(units)(x)
            skips.append(x)
    """,
    "a model's call method": """
        class Net(tf.keras.Model):
            def call(self, x):
                outputs = []
                for layer in self.blocks:
                    x = layer(x)
                    outputs.append(x)
                return outputs
    """,
    "policy gradient over one episode": """
        for episode in range(1000):
            log_probs = []
            with tf.GradientTape() as tape:
                for t in range(200):
                    log_probs.append(tf.math.log(model(state)))
                loss = -tf.reduce_sum(log_probs)
            gradients = tape.gradient(loss, model.trainable_variables)
    """,
    "replay memory": """
        from collections import deque
        memory = deque(maxlen=10000)
        for step_number in range(100000):
            memory.append((state, model(state)))
    """,
    "strings": """
        lines = []
        for epoch in range(100):
            lines.append("loss %.3f" % step(x, y))
            lines.append(f"{step(x, y):.3f}")
    """,
    "learning rates": """
        rates = []
        for epoch in range(100):
            rates.append(optimizer.learning_rate.numpy())
            rates.append(0.1 * 0.9 ** epoch)
    """,
    "shapes": """
        shapes = []
        for x, y in data:
            shapes.append(x.shape)
            shapes.append(len(x))
    """,
    "numpy rows of a dataset": """
        rows = []
        for x, y in data.as_numpy_iterator():
            rows.append(x)
    """,
    "a sliding window with pop": """
        losses = []
        for epoch in range(100):
            losses.append(step(x, y))
            if len(losses) > 10:
                losses.pop(0)
    """,
    "deleted at its front": """
        losses = []
        for epoch in range(100):
            losses.append(step(x, y))
            del losses[0]
    """,
    "emptied when a condition of the loop comes true": """
        losses = []
        for i in range(10000):
            losses.append(step(x, y))
            if i % 100 == 0:
                losses[:] = []
    """,
    "a list in a dict made anew": """
        logs = {"loss": []}
        for epoch in range(100):
            for x, y in data:
                logs["loss"].append(step(x, y))
            logs["loss"] = []
    """,
    "emptied when self says so": """
        class Trainer:
            def __init__(self):
                self.losses = []
            def train(self):
                for epoch in range(100):
                    self.losses.append(step(x, y))
                    if self.full():
                        self.losses.clear()
    """,
    "reset by another method": """
        class Trainer:
            def __init__(self):
                self.losses = []
            def reset(self):
                self.losses = []
            def train(self):
                for epoch in range(100):
                    self.losses.append(step(x, y))
    """,
    "made anew in the loop of a method": """
        class Trainer:
            def train(self):
                for epoch in range(100):
                    self.losses = []
                    for x, y in data:
                        self.losses.append(step(x, y))
    """,
    "a bounded deque on self": """
        from collections import deque
        class Trainer:
            def __init__(self):
                self.losses = deque(maxlen=10)
            def train(self):
                for epoch in range(100):
                    self.losses.append(step(x, y))
    """,
    "an attribute of another object": """
        def train(log):
            for epoch in range(100):
                log.losses.append(step(x, y))
    """,
    "a parameter": """
        def train(losses):
            for epoch in range(100):
                losses.append(step(x, y))
    """,
    "a parameter of the function around": """
        def train(losses):
            def run():
                for epoch in range(100):
                    losses.append(step(x, y))
            run()
    """,
    "a module list that a function replaces": """
        losses = []
        def run():
            global losses
            losses = []
            for x, y in data:
                losses.append(step(x, y))
    """,
    "a module list that one call fills once": """
        losses = []
        def run():
            losses.append(step(x, y))
        run()
    """,
    "a module dict with a fixed key": """
        latest = {}
        def run():
            latest["loss"] = step(x, y)
        for epoch in range(100):
            run()
    """,
    "a fixed key on self": """
        class Trainer:
            def __init__(self):
                self.latest = {}
            def train(self):
                for epoch in range(100):
                    self.latest["loss"] = step(x, y)
    """,
    "a few passes": """
        losses = []
        for epoch in range(3):
            losses.append(step(x, y))
    """,
    "unknown containers": """
        for epoch in range(100):
            make()[0] = step(x, y)
            make().append(step(x, y))
            losses.append(step(x, y))
    """,
    "not one value": """
        losses = []
        for epoch in range(100):
            losses.append(*both(x))
            losses.append()
            losses.append(step(x, y), where=1)
    """,
    "batches that somebody reads whole": """
        kept = []
        for x, y in data:
            kept.append((step(x, y), model(x)))
        for pair in kept:
            use(pair)
    """,
    "batches read by place": """
        kept = []
        for x, y in data:
            kept.append((step(x, y), model(x)))
        print([pair[1] for pair in kept], kept[0][1], kept[1]["a"])
    """,
    "batches whose items are handed on": """
        kept = []
        for x, y in data:
            kept.append((step(x, y), model(x)))
        print([use(pair) for pair in kept])
    """,
    "batches that a helper differentiates": """
        def learn(outputs):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(outputs)
            return tape.gradient(loss, model.weights)
        kept = []
        for i in range(100):
            kept.append(tf.reduce_mean(model(x)))
            step(x, y)
        learn(kept)
    """,
    "losses that an optimizer minimizes": """
        kept = []
        for i in range(100):
            kept.append(tf.reduce_mean(model(x)))
            step(x, y)
        optimizer.minimize(kept, model.weights)
    """,
    "an attribute that the next call reads": """
        class Agent:
            def update(self, x):
                if self.last is not None:
                    use(self.last)
                with tf.GradientTape() as tape:
                    self.last = model(x)
    """,
    "an attribute that is returned": """
        class Agent:
            def update(self, x):
                with tf.GradientTape() as tape:
                    self.out = model(x)
                return self.out, 1
    """,
    "an attribute that is deleted": """
        class Agent:
            def update(self, x):
                with tf.GradientTape() as tape:
                    self.out = model(x)
                del self.out
    """,
    "an attribute under a condition": """
        class Agent:
            def update(self, x):
                with tf.GradientTape() as tape:
                    if x:
                        self.out = model(x)
    """,
    "an attribute read by name": """
        class Agent:
            def update(self, x):
                with tf.GradientTape() as tape:
                    self.out = model(x)
        getattr(Agent(), "out")
    """,
    "a local attribute chain": """
        def update(x, y):
            with tf.GradientTape() as tape:
                x.out = model(x)
                a = b = model(x)
                x[0] = model(x)
    """,
    "concat of the parts of one list": """
        total = tf.zeros((0, 1))
        for x, y in data:
            total = tf.concat(parts, 0)
            total = tf.concat([x, y], 0)
    """,
    "concat started anew in each pass": """
        for epoch in range(100):
            total = tf.zeros((0, 1))
            for i in range(3):
                total = tf.concat([total, y], 0)
    """,
    "a sequence of steps with its axis by position": """
        sequence = tf.zeros((1, 1))
        token = sequence
        for t in range(100):
            token = model(token)
            sequence = tf.concat([sequence, token], 1)
    """,
    "sessions": """
        session = tf.compat.v1.Session()
        x = tf.compat.v1.placeholder(tf.float32)
        losses = []
        total = tf.zeros((0, 1))
        for i in range(100):
            losses.append(tf.reduce_mean(x))
            total = tf.concat([total, x], 0)
    """,
    "graph code by partial": """
        import functools
        @functools.partial(tf.function, jit_compile=True)
        def run(xs):
            kept = []
            for x in xs:
                kept.append(tf.reduce_mean(model(x)))
    """,
    "graph code by name": """
        def run(x):
            kept.append(helper(x))
        def helper(x):
            kept.append(tf.reduce_mean(model(x)))
            return tf.reduce_mean(model(x))
        kept = []
        fast = tf.function(run)
        for epoch in range(100):
            fast(x)
    """,
    "a method that a data set maps": """
        class Pipeline:
            def __init__(self):
                self.kept = []
            def prepare(self, x):
                self.kept.append(tf.reduce_mean(x))
                return x
            def run(self):
                for epoch in range(100):
                    data.map(self.prepare)
                    step(x, y)
    """,
    "a loss that a model compiles": """
        kept = []
        def my_loss(a, b):
            kept.append(tf.reduce_mean(a - b))
            return kept[-1]
        for i in range(100):
            model.compile(loss=my_loss)
            step(x, y)
    """,
    "bound by a loop": """
        for losses in lists:
            for epoch in range(100):
                losses.append(step(x, y))
    """,
    "outside of every loop": """
        losses = []
        losses.append(step(x, y))
        class Log:
            losses = []
            def note(self):
                self.losses.append(step(x, y))
    """,
    "a loop that a loop calls": """
        def run():
            losses = []
            for x, y in data:
                losses.append(step(x, y))
            return np.mean(losses)
        for epoch in range(100):
            run()
    """,
    "a loop over data that nobody calls": """
        def run():
            losses = []
            for x, y in data:
                losses.append(step(x, y))
            return np.mean(losses)
    """,
    "a list at the class": """
        class Net:
            shared.kept.append(step(1, 2))
    """,
    "self outside of a class": """
        def run(self):
            for i in range(100):
                self.losses.append(step(x, y))
    """,
    "replaced in a loop of the start": """
        class Net:
            def fit(self):
                for fold in range(100):
                    self.losses = []
                    self.run()
            def run(self):
                for x, y in data:
                    self.losses.append(step(x, y))
    """,
    "a list that a match makes": """
        match mode:
            case "a":
                losses = []
            case _:
                losses = None
        with open("f") as log:
            for i in range(3):
                losses.append(step(x, y))
    """,
    "read by slices": """
        kept = []
        for x, y in data:
            kept.append((step(x, y), model(x)))
        print(kept[:3], kept[1:].x)
    """,
    "unpacked by a pattern": """
        kept = []
        for x, y in data:
            kept.append((step(x, y), model(x)))
        for (a, b), c in kept:
            print(a)
    """,
    "a fixed key": """
        latest = {}
        for epoch in range(100):
            latest["loss"] = step(x, y)
    """,
    "tensor rebound in each pass": """
        y = tf.zeros(())
        for epoch in range(100):
            y = tf.add(y, 1)
    """,
}


def kept_lines(code: str, folder: Path) -> tuple[int, ...]:
    module = Project(folder).add(decode(code.encode(), "program.py"))
    sites = [site for rule in RULES for site in rule.sites(module)]
    return tuple(sorted(site.finding.span.line for site in sites if site.finding.confidence is not Confidence.LOW))


def marked(code: str) -> tuple[int, ...]:
    return tuple(number for number, line in enumerate(code.splitlines(), 1) if line.rstrip().endswith("# <-"))


@pytest.mark.parametrize("name", KEPT)
def test_a_tensor_kept_for_the_run_is_found_where_it_is_kept(name: str, tmp_path: Path) -> None:
    code = HEAD + dedent(KEPT[name])
    assert kept_lines(code, tmp_path) == marked(code)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_only_looks_like_a_kept_tensor_is_left_alone(name: str, tmp_path: Path) -> None:
    assert kept_lines(HEAD + dedent(NOT_KEPT[name]), tmp_path) == ()
