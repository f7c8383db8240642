"""Stands here so that pytest puts the repository root on the import path: tests share ``tests.corpus``."""
