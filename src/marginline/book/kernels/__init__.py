"""The only files whose code is compiled: formulas on columns, and what keeps their machine code."""
