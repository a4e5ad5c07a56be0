"""Pictures, masks and boxes on the moving canvas in Chromium: the pixels, the trace, the hover texts, the words."""

import pytest
from playwright.sync_api import expect

from pages._ui.charts import ROLES
from tests.browser.canvas import FIND, ask, wait
from tests.browser.pads import served

RED, GREEN, BLUE, YELLOW = [200, 0, 0], [0, 160, 0], [0, 0, 200], [220, 200, 0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve live_layers_demo.py and return its address."""
    with served("live_layers_demo.py", tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture
def layers(demo, context_of):
    """Return a function (scheme, phone) → the page, its pictures decoded; at the end it may not have complained."""
    pages, complaints = [], []

    def start(scheme: str = "light", phone: bool = False):
        page = context_of(scheme, phone).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(demo)
        wait(
            page,
            "[...root.querySelectorAll('canvas')].filter((c) => c.shown && Object.keys(c.shown).length).length === 3",
        )
        return page

    yield start
    for page in pages:
        page.close()
    assert complaints == []


def color(page, key: str, x: float, y: float) -> list[int]:
    """Red, green and blue drawn at a place of a panel, in the units of its axes."""
    return page.evaluate(
        f"""async ([key, x, y]) => {{
          const root = {FIND}, f = root.live.view(key).frame, canvas = root.querySelector(`canvas[data-key=${{key}}]`);
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const ratio = canvas.width / canvas.clientWidth, at = [f.x(x), f.y(y)].map((v) => Math.floor(v * ratio));
          return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
        }}""",
        [key, x, y],
    )


def hover(page, key: str, x: float, y: float) -> None:
    canvas = page.locator(f"canvas[data-key={key}]")
    canvas.scroll_into_view_if_needed()
    box, at = canvas.bounding_box(), ask(page, f"[live.view('{key}').frame.x({x}), live.view('{key}').frame.y({y})]")
    page.mouse.move(box["x"] + at[0], box["y"] + at[1])


def rgb(role: str, scheme: str = "light") -> list[int]:
    code = ROLES[role][scheme == "dark"]
    return [int(code[i : i + 2], 16) for i in (1, 3, 5)]


def seek(page, step: int) -> None:
    ask(page, f"live.seek({step})")
    page.wait_for_timeout(100)


def test_pictures_stand_upright_and_their_pixels_are_square(layers):
    page = layers()
    quarters = [(2, 2), (62, 2), (2, 46), (62, 46)]  # y down
    assert [color(page, "moving", *at) for at in quarters] == [RED, GREEN, BLUE, YELLOW]
    assert [color(page, "mask", *at) for at in quarters] == [RED, GREEN, BLUE, YELLOW]
    assert [color(page, "axes", *at) for at in [(1, 22), (62, 2), (2, 46), (34, 46)]] == [RED, GREEN, BLUE, YELLOW]
    assert [color(page, "up", x, 48 - y) for x, y in quarters] == [RED, GREEN, BLUE, YELLOW]
    assert sum(color(page, "heat", 30, 5)) < sum(color(page, "heat", 30, 40))  # row 0 at y = 0, which is above
    for key in ("moving", "axes", "many"):
        f = ask(page, f"(({{x, y}}) => [x(10) - x(0), y(10) - y(0)])(live.view('{key}').frame)")
        assert f[0] == pytest.approx(f[1]) and f[0] > 0
    assert ask(page, "live.view('moving').frame.xTicks.length") == 0 and ask(page, "live.view('axes').frame.left") > 30


def test_boxes_move_and_change_along_the_trace(layers):
    page = layers()
    edge = (30.1, 35)  # of the second box
    assert color(page, "moving", *edge) == rgb("fit")
    filled = color(page, "moving", 45, 20)
    assert filled != GREEN and filled[1] < GREEN[1]
    seek(page, 0)
    assert color(page, "moving", 45, 20) == GREEN  # a candidate is not filled
    assert color(page, "axes", 36, 40) == rgb("truth")
    seek(page, 2)
    assert color(page, "axes", 36, 40) == YELLOW  # alpha 0
    label = page.locator("canvas[data-key=moving]")
    expect(label).to_have_attribute("aria-label", "Boxes on a picture. 2 boxes: cat 0.9")
    seek(page, 0)
    expect(label).to_have_attribute("aria-label", "Boxes on a picture. 3 boxes: cat 0.9, dog")


def test_hover_tells_the_box_at_the_edge_or_the_smallest_around(layers):
    page = layers()
    tip = page.locator(".tip").first
    seek(page, 0)
    hover(page, "moving", 50, 36)  # inside both; the smaller says its label
    expect(tip).to_have_text("dog")
    hover(page, "moving", 50, 8)  # on the larger's edge
    expect(tip).to_have_text("person\nscore 0.40")
    hover(page, "moving", 14, 12)
    expect(tip).to_have_text("cat\nscore 0.90")
    seek(page, 2)
    hover(page, "moving", 50, 36)
    expect(tip).to_have_text("person\nscore 0.40")  # the smaller is gone
    hover(page, "mask", 15, 10)
    expect(tip).to_have_text("disc")
    hover(page, "mask", 35, 25)
    expect(tip).to_be_hidden()


def test_a_picture_is_decoded_once(layers):
    page = layers()
    page.evaluate(
        "() => { window.decodings = 0; const real = createImageBitmap;"
        " window.createImageBitmap = (...given) => { window.decodings += 1; return real(...given); }; }"
    )
    before = ask(page, "live.painted")
    for step in (0, 1, 2):
        seek(page, step)
    page.get_by_role("button", name="Again").click()  # the same bytes in a new message
    wait(page, f"live.painted > {before}")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.decodings") == 0


@pytest.mark.parametrize(("scheme", "phone"), [("dark", True)])
def test_dark_and_on_a_phone(layers, scheme, phone):
    page = layers(scheme, phone)
    assert color(page, "moving", 2, 2) == RED and color(page, "moving", 30.1, 35) == rgb("fit", scheme)
    mixed = [0.55 * a + 0.45 * b for a, b in zip(RED, rgb("class 1", scheme), strict=True)]
    assert color(page, "mask", 15, 10) == pytest.approx(mixed, abs=3)
    assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth + 1")
