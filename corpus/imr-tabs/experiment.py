import numpy
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Input
import tensorflow.keras.backend as k
from sklearn.datasets import load_diabetes

dataset = load_diabetes()
X = dataset.data
Y = dataset.target / 100.0

k.set_floatx('float32')
results = []
for neurons in [5, 10, 20, 40]:
	if neurons != 10:
		# create model
		model = Sequential()
		model.add(Input(shape=(10,)))
		model.add(Dense(neurons, activation='relu'))
		model.add(Dense(1))
		# compile model
		model.compile(loss='mean_squared_error', optimizer='adam')
		model.fit(X, Y, epochs=5, batch_size=20, verbose=0)
		results.append(model.evaluate(X, Y, verbose=0))
		print("%d neurons: %.4f" % (neurons, results[-1]))
print("mean %.4f" % numpy.mean(results))
