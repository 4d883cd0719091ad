"""What a web host must be told about the page: notes in the forms that common hosts read."""

from collections.abc import Mapping
from types import MappingProxyType

from verifier.page_files import FOREVER, SINGLE

HEADERS, NGINX = "_headers", "nginx.conf.example"

_HSTS: Mapping[str, str] = MappingProxyType({"Strict-Transport-Security": "max-age=31536000"})


def host_notes(headers: Mapping[str, str]) -> dict[str, bytes]:
    """File name → content, for a page that has to be sent with these `headers`."""
    headers = {**headers, **_HSTS}
    return {HEADERS: _headers(headers).encode(), NGINX: _nginx(headers).encode()}


def _headers(headers: Mapping[str, str]) -> str:
    """The form of Netlify and of Cloudflare Pages."""
    everywhere = "".join(f"  {name}: {value}\n" for name, value in headers.items())
    return f"""# For hosts that read a file of this name; for a page at the root of its host.
/*
{everywhere}  Cache-Control: no-cache
/assets/*
  ! Cache-Control
  Cache-Control: {FOREVER}
/t/*
  Access-Control-Allow-Origin: *
/{SINGLE}
  Content-Disposition: attachment
"""


def _nginx(headers: Mapping[str, str]) -> str:
    # An `add_header` in a location forgets those of the server: what differs stands in maps.
    everywhere = "".join(
        f'    add_header {name} "{value}" always;\n' for name, value in headers.items()
    )
    return f"""# For the `http` block of nginx; put in your host, certificate and folder.
types {{
    application/wasm wasm;
    application/manifest+json webmanifest;
}}
map $uri $zhengyin_cache {{
    default no-cache;
    ~^/assets/ "{FOREVER}";
}}
map $uri $zhengyin_anybody {{
    default "";
    ~^/t/ "*";
}}
map $uri $zhengyin_disposition {{
    default "";
    /{SINGLE} attachment;    # to be kept, not to be opened here
}}
server {{
    listen 443 ssl;
    server_name zs.example.cn;
    ssl_certificate     /etc/ssl/zs.example.cn.pem;
    ssl_certificate_key /etc/ssl/zs.example.cn.key;
    root /srv/zhengyin;
    gzip_static on;    # the .gz beside a file
    access_log off;    # who checks whom is nobody's business
{everywhere}    add_header Cache-Control $zhengyin_cache always;
    add_header Access-Control-Allow-Origin $zhengyin_anybody always;
    add_header Content-Disposition $zhengyin_disposition always;
}}
"""
