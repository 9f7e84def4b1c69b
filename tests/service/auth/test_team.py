import asyncio
from typing import Any

from services.kernel.ids import new_id
from tests.service.auth.house import PASSWORD, Browser, House, signed_in
from tests.support.contexts import eventually


async def _joined(house: House, owner: Browser, role: str) -> tuple[dict[str, Any], Browser]:
    """A new member of that role, with their open browser; the caller closes it."""
    email, token = await house.invited(owner, role)
    browser = house.browser()
    body = {"token": token, "name": f"A {role}", "password": PASSWORD}
    answer = await browser.post("/api/auth/accept-invitation", body)
    assert answer.status == 200, answer.body
    entries = (await owner.get("/api/team")).data
    member = next(entry for entry in entries if entry["email"] == email)
    return {**member, "password": PASSWORD}, browser


async def test_who_is_invited_joins_with_a_new_account_and_is_signed_in(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        email, token = await house.invited(owner, "tech")
        entry = (await owner.get("/api/team")).data[-1]
        assert (entry["email"], entry["status"], entry["role"], entry["name"]) == (email, "invited", "tech", None)
        request = await house.event("auth.invitation.requested", requestId=entry["id"])
        link = (await house.ask("GET", f"/internal/links/{request['requestId']}")).data
        assert (link["kind"], link["to"]) == ("invitation", email)
        assert (link["tenantName"], link["inviterName"]) == (person["tenant"]["name"], "Jo Miller")

        weak = await guest.post(
            "/api/auth/accept-invitation", {"token": token, "name": "Kim", "password": "password12"}
        )
        assert list(weak.error["details"]) == ["password"]
        body = {"token": token, "name": "Kim", "password": PASSWORD}
        joined = await guest.post("/api/auth/accept-invitation", body)
        assert joined.data["tenant"] == person["tenant"]
        assert joined.data["user"]["emailVerified"] is True
        assert (await guest.get("/api/auth/me")).data["role"] == "tech"
        assert (await guest.post("/api/auth/accept-invitation", body)).code == "TOKEN_INVALID"
        members = (await owner.get("/api/team")).data
        assert [(member["name"], member["status"]) for member in members] == [
            ("Jo Miller", "active"),
            ("Kim", "active"),
        ]
    event = await house.event("auth.member.changed", userId=joined.data["user"]["id"])
    assert (event["role"], event["status"]) == ("tech", "active")


async def test_who_has_an_account_joins_with_its_password_and_counts_as_at_a_login(house: House) -> None:
    person, known = await house.verified(), await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        _, token = await house.invited(owner, "admin", known["email"])
        wrong = {"token": token, "name": "X", "password": "not the password at all"}
        assert (await guest.post("/api/auth/accept-invitation", wrong)).code == "INVALID_CREDENTIALS"
        right = {"token": token, "name": "X", "password": PASSWORD}
        joined = await guest.post("/api/auth/accept-invitation", right)
        assert joined.data["user"]["id"] == known["user"]["id"]
        assert joined.data["user"]["name"] == "Jo Miller"
        assert joined.data["tenant"] == person["tenant"]
        # The business used last is the one that the next login opens.
        assert (await guest.log_in(known["email"])).data["tenant"] == person["tenant"]


async def test_only_owners_make_owners_and_technicians_invite_nobody(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        admin_entry, admin = await _joined(house, owner, "admin")
        tech_entry, tech = await _joined(house, owner, "tech")
        async with admin, tech:
            invitation = {"email": "somebody@example.com", "role": "owner"}
            assert (await admin.post("/api/team/invitations", invitation)).status == 403
            assert (await admin.put(f"/api/team/{tech_entry['id']}", {"role": "owner"})).status == 403
            owners = (await admin.get("/api/team")).data[0]["id"]
            assert (await admin.put(f"/api/team/{owners}", {"role": "tech"})).status == 403
            assert (await admin.delete(f"/api/team/{owners}")).status == 403
            assert (await tech.post("/api/team/invitations", {**invitation, "role": "tech"})).status == 403
            assert (await tech.put(f"/api/team/{admin_entry['id']}", {"role": "tech"})).status == 403
            assert (await tech.delete(f"/api/team/{admin_entry['id']}")).status == 403
            assert (await tech.get("/api/audit")).status == 403
            assert (await admin.get("/api/audit")).status == 403
            assert (await admin.put(f"/api/team/{tech_entry['id']}", {"role": "admin"})).status == 200


async def test_a_new_role_works_at_once(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        entry, member = await _joined(house, owner, "tech")
        async with member:
            assert (await member.get("/api/auth/me")).data["role"] == "tech"
            assert (await owner.put(f"/api/team/{entry['id']}", {"role": "admin"})).status == 200
            assert (await member.get("/api/auth/me")).data["role"] == "admin"
            event = await house.event("auth.member.changed", userId=entry["userId"], role="admin")
            assert (event["version"], event["status"]) == (2, "active")


async def test_who_is_removed_is_signed_out_at_once_and_may_come_back(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        entry, member = await _joined(house, owner, "admin")
        async with member:
            assert (await member.get("/api/team")).status == 200
            assert (await owner.delete(f"/api/team/{entry['id']}")).status == 200
            assert (await member.get("/api/team")).status == 401
            event = await house.event("auth.member.changed", userId=entry["userId"], status="removed")
            assert event["version"] == 2
            # The account stays, without this business.
            assert (await member.log_in(entry["email"])).data["tenant"] is None
            _, token = await house.invited(owner, "tech", entry["email"])
            body = {"token": token, "name": "X", "password": PASSWORD}
            assert (await member.post("/api/auth/accept-invitation", body)).status == 200
            event = await house.event("auth.member.changed", userId=entry["userId"], role="tech")
            assert (event["version"], event["status"]) == (3, "active")


async def test_a_technician_may_leave(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        entry, member = await _joined(house, owner, "tech")
        async with member:
            assert (await member.delete(f"/api/team/{entry['id']}")).status == 200
            assert (await member.get("/api/team")).status == 401


async def test_the_last_owner_stays(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        own = (await owner.get("/api/team")).data[0]["id"]
        assert (await owner.delete(f"/api/team/{own}")).code == "LAST_OWNER"
        assert (await owner.put(f"/api/team/{own}", {"role": "admin"})).code == "LAST_OWNER"


async def test_two_owners_who_remove_each_other_at_once_leave_one(house: House) -> None:
    for _ in range(5):
        person = await house.verified()
        async with signed_in(house, person) as one:
            entry, other = await _joined(house, one, "owner")
            first = (await one.get("/api/team")).data[0]["id"]
            async with other:
                answers = await asyncio.gather(
                    one.delete(f"/api/team/{entry['id']}"), other.delete(f"/api/team/{first}")
                )
                assert min(answer.status for answer in answers) == 200
                left = one if (await one.get("/api/team")).status == 200 else other
                assert [member["role"] for member in (await left.get("/api/team")).data] == ["owner"]


async def test_invited_again_only_the_newest_mail_counts_and_withdrawn_none_does(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        email, first = await house.invited(owner, "tech")
        house.clock.advance(minutes=5)
        _, second = await house.invited(owner, "admin", email.upper())
        assert first != second
        assert len((await owner.get("/api/team")).data) == 2
        body = {"token": first, "name": "Kim", "password": PASSWORD}
        assert (await guest.post("/api/auth/accept-invitation", body)).code == "TOKEN_INVALID"
        invitation = (await owner.get("/api/team")).data[1]["id"]
        assert (await owner.delete(f"/api/team/{invitation}")).status == 200
        body["token"] = second
        assert (await guest.post("/api/auth/accept-invitation", body)).code == "TOKEN_INVALID"
        assert (await house.ask("GET", f"/internal/links/{invitation}")).status == 404


async def test_invited_twice_within_five_minutes_gets_one_mail_and_the_newer_role(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        email, first = await house.invited(owner, "tech")
        invitation = (await owner.get("/api/team")).data[1]["id"]
        house.clock.advance(minutes=4, seconds=59)
        again = await owner.post("/api/team/invitations", {"email": email.upper(), "role": "admin"})
        assert (again.status, again.data["id"], again.data["role"]) == (201, invitation, "admin")
        assert await house.sent_link(invitation) == first
        # Events of one invitation keep their order: were there a second mail, it would be heard before the third.
        house.clock.advance(seconds=1)
        assert (await owner.post("/api/team/invitations", {"email": email, "role": "tech"})).status == 201
        newest = await house.sent_link(invitation)
        assert newest != first
        await eventually(
            lambda: len(house.events("auth.invitation.requested", requestId=invitation)) >= 2, "the later mail"
        )
        assert len(house.events("auth.invitation.requested", requestId=invitation)) == 2
        body = {"token": newest, "name": "Kim", "password": PASSWORD}
        assert (await guest.post("/api/auth/accept-invitation", body)).status == 200
        assert (await guest.get("/api/auth/me")).data["role"] == "tech"


async def test_two_invitations_of_one_address_at_once_send_one_mail(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        body = {"email": f"{new_id('who')}@example.com", "role": "tech"}
        answers = await asyncio.gather(*(owner.post("/api/team/invitations", body) for _ in range(4)))
        assert [answer.status for answer in answers] == [201] * 4
        (invitation,) = {answer.data["id"] for answer in answers}
        house.clock.advance(minutes=5)
        await owner.post("/api/team/invitations", body)
        await eventually(
            lambda: len(house.events("auth.invitation.requested", requestId=invitation)) >= 2, "the later mail"
        )
        assert len(house.events("auth.invitation.requested", requestId=invitation)) == 2


async def test_a_changed_role_answers_the_member_or_the_invitation(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        entry, member = await _joined(house, owner, "tech")
        async with member:
            for _ in range(2):
                changed = (await owner.put(f"/api/team/{entry['id']}", {"role": "admin"})).data
                assert changed == (await owner.get("/api/team")).data[1]
                assert (changed["email"], changed["role"], changed["status"]) == (entry["email"], "admin", "active")
        invited = await owner.post("/api/team/invitations", {"email": f"{new_id('who')}@example.com", "role": "tech"})
        changed = (await owner.put(f"/api/team/{invited.data['id']}", {"role": "admin"})).data
        assert changed == {**invited.data, "role": "admin"}


async def test_the_team_comes_in_pages(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        for _ in range(4):
            body = {"email": f"{new_id('who')}@example.com", "role": "tech"}
            assert (await owner.post("/api/team/invitations", body)).status == 201
        whole = await owner.get("/api/team")
        assert whole.body["meta"] == {"page": 1, "limit": 100, "total": 5}
        pages = [await owner.get(f"/api/team?limit=2&page={number}") for number in (1, 2, 3, 4)]
        assert [entry for page in pages for entry in page.data] == whole.data
        assert [len(page.data) for page in pages] == [2, 2, 1, 0]
        assert pages[2].body["meta"] == {"page": 3, "limit": 2, "total": 5}
        for query in ("page=0", "limit=0", "limit=101", "page=x"):
            wrong = await owner.get(f"/api/team?{query}")
            assert (wrong.status, list(wrong.error["details"])) == (400, [query.partition("=")[0]])


async def test_every_bad_field_of_an_acceptance_is_named(house: House) -> None:
    async with house.browser() as guest:
        answer = await guest.post("/api/auth/accept-invitation", {"token": "x", "name": "", "password": "x"})
        assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
        assert answer.error["details"] == {
            "name": "must not be empty",
            "password": "must have at least 10 characters",
        }


async def test_an_invitation_runs_out_after_a_week(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        _, token = await house.invited(owner, "tech")
        house.clock.advance(days=7)
        body = {"token": token, "name": "Kim", "password": PASSWORD}
        assert (await guest.post("/api/auth/accept-invitation", body)).code == "TOKEN_INVALID"


async def test_who_belongs_to_the_team_is_not_invited(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        body = {"email": person["email"].upper(), "role": "tech"}
        assert (await owner.post("/api/team/invitations", body)).code == "ALREADY_MEMBER"


async def test_an_accepted_invitation_makes_one_member_however_often_it_comes_at_once(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner, house.browser() as guest:
        _, token = await house.invited(owner, "tech")
        body = {"token": token, "name": "Kim", "password": PASSWORD}
        answers = await asyncio.gather(*(guest.post("/api/auth/accept-invitation", body) for _ in range(5)))
        assert [answer.status for answer in answers].count(200) == 1
        assert all(answer.status < 500 for answer in answers)
        assert len((await owner.get("/api/team")).data) == 2


async def test_the_log_says_who_did_what_the_newest_first(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        await owner.log_in(person["email"], "not the password at all")
        entry, member = await _joined(house, owner, "tech")
        async with member:
            await owner.delete(f"/api/team/{entry['id']}")
        answer = await owner.get("/api/audit?limit=4")
        assert answer.body["meta"] == {"page": 1, "limit": 4, "total": 8}
        newest = answer.data[0]
        assert (newest["action"], newest["target"]) == ("member.removed", entry["email"])
        assert newest["actor"] == {"id": person["user"]["id"], "name": "Jo Miller"}
        assert newest["details"] == {"role": "tech"}
        assert newest["ipAddress"] == "203.0.113.7"
        rest = (await owner.get("/api/audit?limit=4&page=2")).data
        actions = {entry["action"] for entry in (*answer.data, *rest)}
        assert actions == {
            "signup",
            "email.verified",
            "login",
            "login.failed",
            "member.invited",
            "member.joined",
            "member.removed",
        }
        failed = next(entry for entry in (*answer.data, *rest) if entry["action"] == "login.failed")
        assert (failed["actor"], failed["target"]) == (None, person["email"])


async def test_nobody_sees_or_touches_another_business(house: House) -> None:
    mine, theirs = await house.verified(), await house.verified()
    async with signed_in(house, mine) as stranger, signed_in(house, theirs) as owner:
        entry, member = await _joined(house, owner, "tech")
        _, _ = await house.invited(owner, "tech", "pending@example.com")
        pending = (await owner.get("/api/team")).data[-1]["id"]
        for target in (entry["id"], pending):
            assert (await stranger.put(f"/api/team/{target}", {"role": "admin"})).status == 404
            assert (await stranger.delete(f"/api/team/{target}")).status == 404
        said = str((await stranger.get("/api/team")).body) + str((await stranger.get("/api/audit")).body)
        assert theirs["email"] not in said
        assert entry["email"] not in said
        async with member:
            assert (await member.get("/api/auth/me")).data["role"] == "tech"
