import optuna
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras


def load():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16.0, y, test_size=0.25, random_state=0)


x_train, x_valid, y_train, y_valid = load()


def objective(trial):
    n_layers = trial.suggest_int("n_layers", 1, 3)
    model = keras.Sequential([keras.Input((64,))])
    for i in range(n_layers):
        units = trial.suggest_categorical(f"units_{i}", [16, 32, 64])
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))

    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    model.compile(loss="sparse_categorical_crossentropy",
                  optimizer=keras.optimizers.RMSprop(learning_rate=lr), metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=64, epochs=3, verbose=0)
    return model.evaluate(x_valid, y_valid, verbose=0)[1]


if __name__ == "__main__":
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=5)
    print("best accuracy", study.best_value, study.best_params)
