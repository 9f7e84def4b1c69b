"""The benches: what the product is measured against, floor and figure in the same run."""
