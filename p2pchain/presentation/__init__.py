"""What a declaration looks like to people and programs: words, JSON, arguments, sentences, codes, pages."""
