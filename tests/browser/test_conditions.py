"""Bad conditions: each leaves a way to verify, and says what to do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser import chromium as machine
from tests.browser.clips import clip, jpeg, page
from tests.browser.conftest import OpenPhone
from tests.browser.phone import Camera, Phone, window
from tests.browser.site import Site
from tests.browser.stage import Stage


def refusing(name: str) -> str:
    """A camera that cannot be had."""
    return f"""
    navigator.mediaDevices.getUserMedia = async () => {{
      throw new DOMException('refused', '{name}');
    }};
    """


@pytest.mark.parametrize(
    ("reason", "problem", "words"),
    [
        ("NotFoundError", "no_camera", "请接上摄像头后重试"),
        ("NotAllowedError", "permission_refused", "允许本页使用摄像头"),
        ("NotReadableError", "camera_in_use", "请关闭其他使用摄像头的程序后重试"),
        ("AbortError", "camera_in_use", "请关闭其他使用摄像头的程序后重试"),
    ],
)
def test_no_camera(
    reason: str, problem: str, words: str, stage: Stage, open_phone: OpenPhone
) -> None:
    """Why, what to do, and a picture serves as well."""
    phone = open_phone(script=refusing(reason)).open()
    phone.press("scan")
    phone.page.wait_for_selector(f'[data-problem="{problem}"]:visible')
    assert words in phone.text
    phone.upload("code.jpg", jpeg(page(stage.text("valid"))), "image/jpeg")
    assert "ok" == phone.verdict().code


def test_a_camera_that_works_the_second_time(stage: Stage, open_phone: OpenPhone) -> None:
    """The permission is given afterwards: no reload is needed."""
    script = """
    const gum = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    let asked = 0;
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      if (asked++ === 0) throw new DOMException('refused', 'NotAllowedError');
      return gum(wanted);
    };
    """
    phone = open_phone(script=script).open()
    phone.camera.show(clip(stage.text("valid")))
    phone.press("scan")
    phone.page.wait_for_selector('[data-problem="permission_refused"]:visible')
    phone.press("retry")
    assert "ok" == phone.verdict().code


_COUNTED = """
globalThis.streams = [];
globalThis.wanted = [];
const gum = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  globalThis.wanted.push(wanted);
  const stream = await gum(wanted);
  streams.push(stream);
  return stream;
};
"""


def test_asked_for_the_camera_once(stage: Stage, open_phone: OpenPhone) -> None:
    """Scan after scan in one visit, one request, for a picture that is large enough."""
    phone = open_phone(script=_COUNTED).open()
    phone.scan(clip(stage.text("valid"), stage.text("revoked"), hold=1.5, gap=0.5))
    phone.verdict()
    phone.press("next")
    phone.verdict(2)
    wanted = phone.page.evaluate("wanted")
    assert 1 == len(wanted)
    assert wanted[0]["video"]["width"] == {"ideal": 1920}
    assert wanted[0]["video"]["height"] == {"ideal": 1080}
    assert not wanted[0].get("audio")


def test_a_stream_that_dies(stage: Stage, open_phone: OpenPhone) -> None:
    """The system ends it when another program takes the camera: the page takes it back."""
    phone = open_phone(script=_COUNTED).open()
    phone.scan(clip())
    phone.page.wait_for_function(
        "() => streams.length && document.querySelector('video')?.videoWidth"
    )
    phone.camera.show(clip(stage.text("valid")))
    phone.page.evaluate(
        """() => {
          const [track] = streams[0].getVideoTracks();
          track.stop();
          track.dispatchEvent(new Event('ended'));
        }"""
    )
    phone.page.wait_for_function(
        "() => streams.length > 1 || document.querySelector('[data-problem=camera_lost]')"
    )
    if 1 == phone.page.evaluate("streams.length"):
        phone.press("retry")
    assert "ok" == phone.verdict().code


_LAMP = """
globalThis.constraints = [];
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 5, step: 0.1 } });
MediaStreamTrack.prototype.applyConstraints = async function (wanted) { constraints.push(wanted); };
"""
_ASKED = "text => JSON.stringify(constraints).includes(text)"


def test_lamp_and_zoom(stage: Stage, open_phone: OpenPhone) -> None:
    """Where the camera has them."""
    phone = open_phone(script=_LAMP).open()
    phone.scan(clip())
    phone.press("torch")
    phone.page.wait_for_function(_ASKED, arg='"torch":true')
    zoom = phone.find('[data-screen="scan"] input[type="range"]')
    zoom.focus()
    phone.page.keyboard.press("End")
    phone.page.wait_for_function(_ASKED, arg='"zoom":5')


def test_no_lamp_no_button(phone: Phone) -> None:
    """The fake camera has none."""
    phone.scan(clip())
    phone.page.wait_for_function("() => document.querySelector('video')?.videoWidth")
    assert 0 == phone.page.locator('[data-action="torch"]:visible').count()


@pytest.fixture(scope="module")
def without_wasm(playwright: Playwright, camera: Camera) -> Iterator[Browser]:
    """A locked-down browser: no compiler, so that neither page nor worker has WebAssembly."""
    browser = machine.launch(playwright, *machine.with_camera(camera.path), "--js-flags=--jitless")
    yield browser
    browser.close()


def test_no_webassembly(stage: Stage, site: Site, camera: Camera, without_wasm: Browser) -> None:
    """The plain decoder reads camera and pictures."""
    phone = Phone(without_wasm.new_context(**window()), site, camera)
    phone.open()
    assert phone.page.evaluate("typeof WebAssembly") == "undefined"
    phone.scan(clip(stage.text("valid"), hold=3))
    assert "ok" == phone.verdict().code
    phone.press("done")
    phone.upload("code.jpg", jpeg(page(stage.text("revoked"))), "image/jpeg")
    assert "revoked" == phone.verdict(2).code
    phone.close()


_NO_ED25519 = """
const importKey = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = async function (format, key, algorithm, ...more) {
  if ((algorithm?.name ?? algorithm) === 'Ed25519')
    throw new DOMException('Unrecognized name', 'NotSupportedError');
  return importKey.call(this, format, key, algorithm, ...more);
};
"""


def test_no_ed25519(stage: Stage, open_phone: OpenPhone) -> None:
    """A browser before Chrome 137: the same verdicts by our own code, offline too."""
    phone = open_phone(script=_NO_ED25519).open().kept().cut_off().reload()
    for name in ("valid", "revoked", "bad_signature", "issuer_unknown", "foreign_host"):
        assert stage.codes[name].code == phone.check(stage.text(name)).code
    phone.scan(clip(stage.text("valid")))
    assert "ok" == phone.verdict(6).code


def test_no_service_worker(stage: Stage, open_phone: OpenPhone) -> None:
    """The page verifies while it is open, and says that it has to stay so."""
    phone = open_phone(script="delete Navigator.prototype.serviceWorker;").open()
    assert "ok" == phone.check(stage.text("valid")).code
    phone.cut_off()
    assert "revoked" == phone.check(stage.text("revoked")).code
    phone.scan(clip(stage.text("suspended")))
    assert "suspended" == phone.verdict(3).code
    phone.press("done")
    phone.press("ready")
    assert "请保持本页打开" in phone.text
    assert phone.page.locator("html").get_attribute("data-offline-ready") != "true"


_FULL = """
Cache.prototype.put = async () => { throw new DOMException('full', 'QuotaExceededError'); };
"""


def test_storage_full(stage: Stage, open_phone: OpenPhone) -> None:
    """It verifies with what it has fetched, and says that nothing could be kept."""
    phone = open_phone(script=_FULL).open()
    assert "ok" == phone.check(stage.text("valid")).code
    phone.press("ready")
    assert "不能保存到本机" in phone.text
    assert phone.page.locator("html").get_attribute("data-offline-ready") != "true"


_FORBIDDEN = """
for (const name of ['caches', 'indexedDB', 'localStorage', 'sessionStorage'])
  Object.defineProperty(globalThis, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
"""


def test_storage_forbidden(stage: Stage, open_phone: OpenPhone) -> None:
    """A browser that allows no storage at all."""
    phone = open_phone(script=_FORBIDDEN).open()
    assert "ok" == phone.check(stage.text("valid")).code
    phone.press("ready")
    assert "不能保存到本机" in phone.text


def test_an_address_that_is_not_secure(stage: Stage, site: Site, open_phone: OpenPhone) -> None:
    """No camera, no cache, no WebCrypto over plain http: it says so, and what is pasted verifies."""
    phone = open_phone()
    phone.page.goto(site.address.replace("127.0.0.1", machine.INSECURE))
    phone.ready()
    assert not phone.page.evaluate("isSecureContext")
    assert "ok" == phone.check(stage.text("valid")).code
    assert "bad_signature" == phone.check(stage.text("bad_signature")).code
    phone.press("scan")
    phone.page.wait_for_selector('[data-problem="insecure_context"]:visible')
    phone.hosts.discard(site.host.replace("127.0.0.1", machine.INSECURE))


def test_the_first_visit_without_trust_data(
    stage: Stage, site: Site, open_phone: OpenPhone
) -> None:
    """A host that lost its `/t/`: nothing can be decided, and the page says what to do."""
    site.publish({})
    phone = open_phone().open()
    seen = phone.check(stage.text("valid"))
    assert ("undecided", "no_registry") == (seen.outcome, seen.code)
    assert "本机没有目录" in phone.text
