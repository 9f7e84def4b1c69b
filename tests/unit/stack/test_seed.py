"""Finding the demo business's token among the sandbox's messages."""

from stack.seed import tokens_in


def mail(subject: str, *links: str) -> dict[str, object]:
    return {"subject": subject, "links": list(links)}


def test_tokens_come_from_verification_mails_only_newest_first() -> None:
    messages = [
        mail("Verify your e-mail address", "http://localhost:8080/verify?token=new", "http://localhost:8080/help"),
        mail("Reset your password", "http://localhost:8080/reset?token=other"),
        mail("Verify your e-mail address", "http://localhost:8080/verify?lang=en&token=old"),
    ]
    assert tokens_in({"success": True, "data": messages}) == ["new", "old"]


def test_no_mail_is_no_token() -> None:
    assert tokens_in({"success": True, "data": []}) == []
