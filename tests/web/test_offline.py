"""Everything works when the server cannot reach any other machine, and it never tries."""

import http.client

from tests.web.conftest import start

ALONE = """
import socket, sys
own = socket.socket.connect
def connect(self, address):
    if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
        print("REACHED OUT", address, file=sys.stderr, flush=True)
        raise OSError("no network")
    return own(self, address)
socket.socket.connect = connect
socket.getaddrinfo_before = socket.getaddrinfo
def resolve(host, *args, **more):
    if host not in (None, "127.0.0.1", "localhost", socket.gethostname()):
        print("ASKED FOR", host, file=sys.stderr, flush=True)
        raise OSError("no network")
    return socket.getaddrinfo_before(host, *args, **more)
socket.getaddrinfo = resolve
sys.argv = ["neurotomy", *sys.argv[1:]]
from neurotomy.cli import main
main()
"""


def test_the_server_reaches_out_to_nobody(tmp_path):
    own = start(tmp_path, wrapper=ALONE)
    try:
        name, port = own.host.split(":")
        line = http.client.HTTPConnection(name, int(port), timeout=60)
        line.request("GET", f"/?token={own.token}", headers={"Host": own.host})
        cookie = line.getresponse().getheader("set-cookie").split(";")[0]
        for path in ("/", "/open", "/training", "/static/fluoro.js"):
            line = http.client.HTTPConnection(name, int(port), timeout=120)
            line.request("GET", path, headers={"Host": own.host, "Cookie": cookie})
            answer = line.getresponse()
            said = answer.read().decode()
            assert answer.status == 200
            assert "https://" not in said.replace("https://www.w3.org", ""), "no page names another machine"
    finally:
        own.stop()
    said = own.process.stderr.read()
    assert "REACHED OUT" not in said
    assert "ASKED FOR" not in said
