"""Matrices of three rows, for colours: a handful of products, not worth a library that takes 100 ms to load. Pure."""

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]


def times(one: Matrix, other: Matrix) -> Matrix:
    """The product of two matrices."""
    columns = tuple(zip(*other, strict=True))
    return tuple(times_vector(columns, row) for row in one)


def times_vector(matrix: Matrix, vector: Vector) -> Vector:
    """The product of a matrix and a vector."""
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def inverse(matrix: Matrix) -> Matrix:
    """Raises ZeroDivisionError for a matrix that has none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    return tuple(tuple(value / determinant for value in row) for row in cofactors)
