"""The table of pages: the menu, the home page and the browser tests are all made from it.

A new page is one row here, one module in `pages/<group>/`, and one picture in `assets/images/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Topic:
    """One page.

    Attributes:
        group: heading in the menu.
        file: path below `pages/`.
        url_path: the page's address.
        title: name in the menu and on the card.
        icon: one of Streamlit's own Material icons.
        sentence: what can be seen there.
        unit: which part of the course it belongs to.
        picture: file in `assets/images/`, 2:1. An SVG follows the theme by `@media (prefers-color-scheme: dark)`.
        picture_text: what the picture shows, for those who do not see it.
        models: names of the weights that it loads.
    """

    group: str
    file: str
    url_path: str
    title: str
    icon: str
    sentence: str
    unit: str
    picture: str
    picture_text: str
    models: tuple[str, ...] = ()


TOPICS = (
    Topic(
        group="Foundations",
        file="foundations/regression.py",
        url_path="regression",
        title="Linear regression",
        icon=":material/show_chart:",
        sentence=(
            "Fit a line, a polynomial or a table of your own. Watch gradient descent walk down the cost surface, "
            "start it where you like, and race it against BFGS."
        ),
        unit="Units 1 to 3",
        picture="regression.svg",
        picture_text="Points with a fitted line beside the contours of its cost, down which gradient descent zigzags",
    ),
    Topic(
        group="Vision",
        file="vision/object_detection.py",
        url_path="object-detection",
        title="Object detection",
        icon=":material/center_focus_strong:",
        sentence=(
            "Boxes on your webcam, your photo or your video at once. Then look inside: anchors, suppression, IoU and "
            "mAP, and R-CNN, Fast R-CNN, Faster R-CNN and YOLO on one picture."
        ),
        unit="Unit 11",
        picture="object-detection.svg",
        picture_text="A scene of toys with a labelled box around each",
        models=(
            "YOLO_SCENES_V1",
            "YOLO_FIGURES_V1",
            "CROPS_SCENES_V1",
            "FAST_RCNN_SCENES_V1",
            "FASTER_RCNN_SCENES_V1",
            "FASTERRCNN_D2GO_INT8",
            "SSDLITE320_MOBILENET_V3_LARGE",
            "FASTERRCNN_MOBILENET_V3_LARGE_320_FPN",
            "FASTERRCNN_RESNET50_FPN_V2",
            "RETINANET_RESNET50_FPN_V2",
            "FCOS_RESNET50_FPN",
            "MASKRCNN_RESNET50_FPN_V2",
        ),
    ),
    Topic(
        group="Vision",
        file="vision/pose_estimation.py",
        url_path="pose-estimation",
        title="Pose estimation",
        icon=":material/accessibility_new:",
        sentence=(
            "Your own skeleton on the webcam, with angles, traces and a counter of repetitions. Then DeepPose, "
            "Convolutional Pose Machines, OpenPose and AlphaPose, step by step on one picture."
        ),
        unit="Unit 16",
        picture="pose-estimation.svg",
        picture_text="People with their skeletons drawn over them",
        models=(
            "EFFICIENTPOSE_RT",
            "DEEPPOSE_FIGURES_V1",
            "CPM_FIGURES_V1",
            "OPENPOSE_FIGURES_V1",
            "ALPHAPOSE_FIGURES_V1",
            "YOLO_FIGURES_V1",
            "KEYPOINTRCNN_RESNET50_FPN",
        ),
    ),
    Topic(
        group="Vision",
        file="vision/style_transfer.py",
        url_path="style-transfer",
        title="Style transfer",
        icon=":material/brush:",
        sentence=(
            "Your photograph in the manner of another picture, with a mask, two styles or its own colours. Then watch "
            "Gatys' optimisation at work, and look at the Gram matrices that are all a style is."
        ),
        unit="Unit 12",
        picture="style.svg",
        picture_text="A house under the moon, its left half plain, its right half in swirling brush strokes",
        models=(
            "TEXTURE_VGG_V1",
            "ADAIN_V1",
            "JOHNSON_SWIRLS_V1",
            "JOHNSON_MOSAIC_V1",
            "JOHNSON_STAINED_GLASS_V1",
            "JOHNSON_WOODCUT_V1",
            "VGG19",
            "SQUEEZENET1_1",
        ),
    ),
    Topic(
        group="Audio",
        file="audio/sound.py",
        url_path="sound",
        title="Sound",
        icon=":material/graphic_eq:",
        sentence=(
            "See a song or your voice as waveform and spectrogram, hear aliasing, and let digits and instruments be "
            "recognised. Then take a song apart into drums, bass, voice and the rest, and mix it anew."
        ),
        unit="Unit 14",
        picture="sound.svg",
        picture_text="The level of a song over time, and how it divides into drums, bass, other and voice",
        models=(
            "MEL_CNN_DIGITS_V1",
            "M5_DIGITS_V1",
            "MEL_CNN_INSTRUMENTS_V1",
            "M5_INSTRUMENTS_V1",
            "HDEMUCS_HIGH_MUSDB_PLUS",
            "GTCRN_DNS3",
        ),
    ),
    Topic(
        group="Generative",
        file="generative/generative_networks.py",
        url_path="generative-networks",
        title="Generative networks",
        icon=":material/casino:",
        sentence=(
            "Steer drawn faces, ask for any digit, and train a generator on pictures of your own. On the plane, watch "
            "generator and discriminator play step by step, make mode collapse happen, and cure it."
        ),
        unit="Unit 15",
        picture="generative-networks.svg",
        picture_text="A ring of eight clouds of points, and the grid that a generator bends to cover them",
        models=(
            "DCGAN_AVATARS_V1",
            "VAE_AVATARS_V1",
            "CONDITIONAL_GAN_GLYPHS_V1",
            "AVATAR_READER_V1",
            "GLYPH_READER_V1",
        ),
    ),
)
