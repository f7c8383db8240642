import random

from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

random.seed(4)

POPULATION = 4
GENERATIONS = 2

X, y = load_wine(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=4)


def fitness(genome):
    units, activation, optimizer = genome
    model = Sequential([Input((13,)), Dense(units, activation=activation), Dense(3, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    model.fit(X_train, y_train, epochs=4, batch_size=16, verbose=0)
    return model.evaluate(X_test, y_test, verbose=0)[1]


def random_genome():
    return [random.choice([4, 8, 16, 32]), random.choice(["relu", "tanh"]), random.choice(["adam", "sgd", "rmsprop"])]


def mutate(genome):
    child = list(genome)
    gene = random.randrange(3)
    child[gene] = random_genome()[gene]
    return child


population = [random_genome() for _ in range(POPULATION)]
for generation in range(GENERATIONS):
    scores = [fitness(genome) for genome in population]
    ranked = [genome for _, genome in sorted(zip(scores, population), key=lambda pair: pair[0], reverse=True)]
    print("generation", generation, "best", max(scores), ranked[0])
    parents = ranked[: POPULATION // 2]
    population = parents + [mutate(random.choice(parents)) for _ in range(POPULATION - len(parents))]
