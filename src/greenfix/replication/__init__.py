"""The paper's experiment again: what do IMR and UTR cost, and what does the winning fix give back?"""
