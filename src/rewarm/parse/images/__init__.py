"""Images of pages, read by OCR."""
