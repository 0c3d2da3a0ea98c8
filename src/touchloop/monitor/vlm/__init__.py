"""A small vision-language model of the bench: pictures and a free question in, a short answer and confidence out."""
