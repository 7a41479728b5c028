"""Writes Sources/Tokenizer/Text/HTMLEntityTable.swift from the HTML standard's named character references.

Run by hand from the repository root: python3 Tests/Fixtures/make_html_entities.py
"""

import html.entities
import textwrap

entries = []
for name, text in sorted(html.entities.html5.items()):
    if name.endswith(";"):
        bare = name[:-1]
        mark = "!" if bare in html.entities.html5 else ""
        codes = "+".join(f"{ord(character):x}" for character in text)
        entries.append(f"{bare}{mark}={codes}")

lines = textwrap.wrap(" ".join(entries), 104, break_long_words=False, break_on_hyphens=False)
body = "\n".join("    " + line for line in lines)
with open("Sources/Tokenizer/Text/HTMLEntityTable.swift", "w", encoding="utf-8") as file:
    file.write(
        f"""// Written by Tests/Fixtures/make_html_entities.py.
enum HTMLEntityTable {{
  /// The named character references of the HTML standard: `name=scalars`, in hexadecimal, joined by `+`.
  ///
  /// A name with an exclamation mark is also recognised without the semicolon after it.
  static let text = \"\"\"
{body}
    \"\"\"
}}
"""
    )
