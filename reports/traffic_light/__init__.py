"""The traffic light: how many clients of each colour are held now, who leaves, and how it moved."""
