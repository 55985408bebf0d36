//! Pure mathematics: slices of numbers in, estimates out.
