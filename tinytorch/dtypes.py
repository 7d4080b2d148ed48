"""PyTorch's names for the types of numbers; they are NumPy's own dtypes. And three numbers."""

import numpy as np
from numpy import finfo, iinfo, inf, nan, pi  # noqa: F401

dtype = np.dtype

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)

int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)
