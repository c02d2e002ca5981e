"""Who is not let in: no token, a wrong one, another host, another site, too large."""

import http.client
import signal
import socket

import pytest
from tests.web.conftest import start


def ask(server, path="/", method="GET", *, host=None, body=None, **headers):
    name, port = server.host.split(":")
    line = http.client.HTTPConnection(name, int(port), timeout=60)
    sent = {"Host": host or server.host} | {key.replace("_", "-"): value for key, value in headers.items()}
    line.request(method, path, body=body, headers=sent)
    answer = line.getresponse()
    said = answer.read().decode("utf-8", "replace")
    line.close()
    return answer.status, said, dict(answer.getheaders())


@pytest.fixture(scope="module")
def cookie(server):
    status, _, headers = ask(server, f"/?token={server.token}")
    assert status == 303
    assert headers["location"] == "/"
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=Strict" in headers["set-cookie"]
    return headers["set-cookie"].split(";")[0]


def test_without_the_link_nothing_is_shown(server):
    for path in ("/", "/open", "/frame?primary=180&secondary=0", "/static/fluoro.js", "/_nicegui/anything"):
        status, said, _ = ask(server, path)
        assert status == 403
        assert "Open the link" in said


def test_a_wrong_token_is_refused_and_guessing_is_slow(tmp_path):
    own = start(tmp_path)
    try:
        assert all(ask(own, f"/?token=guess{n}")[0] == 403 for n in range(10))
        assert ask(own, f"/?token={own.token}")[0] == 403, "after ten wrong ones in a minute even the right one waits"
    finally:
        own.stop()


def test_an_invented_cookie_is_refused(server):
    assert ask(server, Cookie="neurotomy-session=" + "a" * 43)[0] == 403


def test_a_foreign_host_is_refused(server, cookie):
    status, said, _ = ask(server, host="evil.example:80", Cookie=cookie)
    assert status == 421
    assert "not served here" in said


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
def test_a_request_of_another_site_changes_nothing(server, cookie, origin):
    headers = {"Cookie": cookie} | ({} if origin is None else {"Origin": origin})
    status, said, _ = ask(server, "/needle", "POST", body="{}", **headers)
    assert status == 403
    assert "not come from a page of neurotomy" in said
    assert (
        ask(
            server, "/frame?primary=1&secondary=1", Cookie=cookie, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors"
        )[0]
        == 403
    )


def test_a_websocket_of_another_site_is_refused(server, cookie):
    name, port = server.host.split(":")
    with socket.create_connection((name, int(port)), timeout=30) as line:
        line.sendall(
            f"GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server.host}\r\n"
            f"Cookie: {cookie}\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert b" 403 " in line.recv(400).split(b"\r\n")[0]


def test_headers_that_protect(server, cookie):
    _, _, headers = ask(server, "/open", Cookie=cookie)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_two_gigabytes_are_refused_before_they_come(server, cookie):
    origin = f"http://{server.host}"
    status, said, _ = ask(
        server, "/upload?role=ct&name=a.nii", "POST", Cookie=cookie, Origin=origin, Content_Length="2000000000"
    )
    assert status == 413
    assert "at most 1500 MB" in said


def test_another_host_needs_a_flag_and_asks_for_a_password(tmp_path):
    own = start(tmp_path, "--host", "0.0.0.0", "--allow-others", "--password", "open sesame")
    try:
        assert "token" not in own.link
        status, said, _ = ask(own)
        assert status == 200
        assert "Password" in said
        assert "fluoro" not in said
        origin = f"http://{own.host}"
        assert ask(own, "/login", "POST", body="password=wrong", Origin=origin)[0] == 403
        status, _, headers = ask(own, "/login", "POST", body="password=open+sesame", Origin=origin)
        assert status == 303
        assert ask(own, "/open", Cookie=headers["set-cookie"].split(";")[0])[0] == 200
    finally:
        own.stop()


def test_a_password_without_end_is_cut_off(tmp_path):
    own = start(tmp_path, "--host", "0.0.0.0", "--allow-others", "--password", "open sesame")
    try:
        name, port = own.host.split(":")
        with socket.create_connection((name, int(port)), timeout=30) as line:
            line.sendall(
                f"POST /login HTTP/1.1\r\nHost: {own.host}\r\nOrigin: http://{own.host}\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
            )
            for _ in range(30):
                line.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            assert b" 413 " in line.recv(400).split(b"\r\n")[0]
    finally:
        own.stop()


def test_the_loopback_of_ipv6_is_this_machine_too(tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as line:
            line.bind(("::1", 0))
    except OSError:
        pytest.skip("SKIPPED LOUDLY: this machine has no IPv6, its loopback address is not tested")
    own = start(tmp_path, "--host", "::1")
    try:
        assert own.link.startswith("http://[::1]:")
        port = int(own.host.rsplit(":", 1)[1])
        line = http.client.HTTPConnection("::1", port, timeout=60)
        line.request("GET", f"/?token={own.token}", headers={"Host": own.host})
        assert line.getresponse().status == 303
    finally:
        own.stop()


def test_ctrl_c_ends_it_cleanly(tmp_path):
    own = start(tmp_path)
    own.stop(signal.SIGINT)
    assert own.process.returncode in {0, 130}
    assert "Traceback" not in own.process.stderr.read()


def test_another_host_without_the_flag(capsys):
    from neurotomy.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["serve", "--host", "0.0.0.0"])
    assert ended.value.code == 2
    assert "--allow-others" in capsys.readouterr().err
