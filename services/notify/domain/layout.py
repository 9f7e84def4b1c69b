"""How a mail looks: one column that mail programs, phones and dark mode all show well."""

from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What a mail says, without its looks. All of it is plain text."""

    subject: str
    preview: str
    title: str
    paragraphs: tuple[str, ...]
    action: str
    url: str
    notes: tuple[str, ...]
    # Facts in two columns: what it is, and how it is.
    facts: tuple[tuple[str, str], ...] = ()
    # In whose name it is written.
    sender: str = "PeepoPay"


# Tables and styles inside the elements, because some mail programs know nothing else; the style sheet is for those
# that do. The padding after the preview keeps the first paragraph out of the list of mails.
_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="x-apple-disable-message-reformatting">
<title>$subject</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (max-width: 520px) { .card { padding: 28px 20px !important } .action a { display: block !important } }
@media (prefers-color-scheme: dark) {
  .page { background: #10151b !important }
  .card { background: #19212a !important; border-color: #2b3642 !important }
  .title, .said { color: #e8edf3 !important }
  .note { color: #9aa7b5 !important }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">$preview$padding</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px">
<tr><td class="card" style="background:#ffffff;border:1px solid #dde2e8;border-radius:14px;padding:36px 40px;\
font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<p class="note" style="margin:0 0 20px;font-size:14px;font-weight:600;letter-spacing:.02em;color:#5b6776">$sender</p>
<h1 class="title" style="margin:0 0 20px;font-size:24px;line-height:1.25;color:#16202c">$title</h1>
$paragraphs
$facts
<table role="presentation" cellpadding="0" cellspacing="0" width="100%" style="margin:28px 0">
<tr><td class="action"><a href="$url" style="display:inline-block;padding:14px 26px;border-radius:10px;\
background:#1d5fd1;color:#ffffff;font-size:16px;font-weight:600;text-align:center;text-decoration:none">$action</a>\
</td></tr>
</table>
$notes
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
""")
_SAID: Final = '<p class="said" style="margin:0 0 14px;font-size:16px;line-height:1.55;color:#16202c">{}</p>'
_NOTE: Final = '<p class="note" style="margin:0 0 8px;font-size:14px;line-height:1.5;color:#5b6776">{}</p>'
_FACTS: Final = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0">\n{}\n</table>'
_FACT: Final = (
    '<tr><td class="note" style="padding:6px 16px 6px 0;font-size:14px;line-height:1.5;vertical-align:top;'
    'white-space:nowrap;color:#5b6776">{}</td><td class="said" style="padding:6px 0;font-size:16px;line-height:1.4;'
    'width:100%;overflow-wrap:anywhere;color:#16202c">{}</td></tr>'
)
_PADDING: Final = "&#847;&zwnj;&nbsp;" * 40


def html(letter: Letter) -> str:
    return _PAGE.substitute(
        subject=escape(letter.subject),
        preview=escape(letter.preview),
        padding=_PADDING,
        title=escape(letter.title),
        paragraphs="\n".join(_SAID.format(escape(paragraph)) for paragraph in letter.paragraphs),
        facts=_FACTS.format("\n".join(_fact(*fact) for fact in letter.facts)) if letter.facts else "",
        sender=escape(letter.sender),
        url=escape(letter.url),
        action=escape(letter.action),
        notes="\n".join(_NOTE.format(escape(note)) for note in letter.notes),
    )


def _fact(label: str, said: str) -> str:
    return _FACT.format(escape(label), "<br>".join(escape(line) for line in said.splitlines()))


def plain(letter: Letter) -> str:
    facts = "\n".join(f"{label}: {said}" for label, said in letter.facts)
    parts = (
        *letter.paragraphs,
        *([facts] if facts else []),
        f"{letter.action}:\n{letter.url}",
        *letter.notes,
        f"-- \n{letter.sender}",
    )
    return "\n\n".join(parts) + "\n"
