"""What is known of Tenstorrent's compiler and devices without either."""
