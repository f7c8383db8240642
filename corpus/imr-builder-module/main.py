import argparse

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold

from models import build_regressor


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=5)
    args = parser.parse_args()

    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    maes = []
    for i, (tr, te) in enumerate(KFold(args.folds, shuffle=True, random_state=1).split(X)):
        net = build_regressor(X.shape[1])
        net.fit(X[tr], y[tr], epochs=args.epochs, batch_size=32, verbose=0)
        maes.append(net.evaluate(X[te], y[te], verbose=0)[1])
        print(f"fold {i}: MAE {maes[-1]:.4f}")
    print(f"MAE {np.mean(maes):.4f}")


if __name__ == "__main__":
    main()
