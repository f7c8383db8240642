"""What a strategy is expected to save before it is measured. It orders candidates and decides nothing."""
