"""Office files: Word, PowerPoint, Excel, OpenDocument, RTF; older ones through LibreOffice."""
