import keras as ks
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

X, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(scale(X), y, random_state=5)

units = 2
best, previous = 0.0, -1.0
while best > previous and units <= 64:
    previous = best
    ks.utils.set_random_seed(5)
    net = ks.models.Sequential([
        ks.layers.Input((30,)),
        ks.layers.Dense(units, activation='relu'),
        ks.layers.Dense(1, activation='sigmoid'),
    ])
    net.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
    net.fit(x_train, y_train, epochs=3, verbose=0)
    best = max(best, net.evaluate(x_test, y_test, verbose=0)[1])
    print(units, 'units', best)
    units *= 2
