"""The engine's speed and memory against PyTorch's, and micrograd's where there are only single numbers.

cases.py: what is measured. worker.py: a process with one framework. page.py: the table and the plot.
"""
