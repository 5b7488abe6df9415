"""What a person sees: numbers, words, rulers, blocks."""
