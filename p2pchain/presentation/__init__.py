"""Presentation of declarations to people and programs: words, JSON, arguments, sentences, codes, pages."""
