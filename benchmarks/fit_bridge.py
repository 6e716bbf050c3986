"""Fit the bridge's image map from captioned images and from the ImageNet classes themselves.

Two sources of pairs: images with a text that describes them, and for each of the 1,000 classes the
classifier's own last-layer weights with the text vectors of its WordNet names and definition.
"""

import argparse
from pathlib import Path

import numpy as np
from captioned import Captioned, model_input, read_captioned
from safetensors.numpy import load_file, save_file
from timm.data import ImageNetInfo

from jobs.model_digests import open_registry
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.models.folder import file_digest
from udfs.models.context import ModelContext
from udfs.models.efficientnet import EfficientNet
from udfs.models.text_encoder import TextEncoder, load_text_encoder

# Chosen by threefold cross-validation on the pairs of the fit, folds by page and dish.
RIDGE = 1.0
CLASS_WEIGHT = 0.6  # of a class beside an image, in the ridge
WHITENING, FLOOR = 0.35, 0.5  # power, and what is added to variances of mean 1
APART_COSINE = 0.8  # a nearer image may be one of those that are tested on


def main() -> None:
    """Read pairs, fit, write the file and the credits, print the digest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="table of image, caption, alt...")
    parser.add_argument("--apart", type=Path, help="table of images that the map is tested on")
    parser.add_argument("--out", type=Path, default=Path("conf/bridge_map.safetensors"))
    arguments = parser.parse_args()
    context = ModelContext.of(open_registry(), threads=2)
    network = EfficientNet(context.folder("efficientnet-lite0"), "cpu")
    texts = load_text_encoder(context, "minilm-l6")
    # A share-alike picture's features are left out, so that nobody need ask what its terms cover.
    pairs = [pair for pair in read_captioned(arguments.pairs) if "BY-SA" not in pair.credit]
    features = features_of(network, pairs)
    if arguments.apart:
        tested = features_of(network, read_captioned(arguments.apart))
        apart = (features @ tested.T).max(axis=1) < APART_COSINE
        pairs, features = [p for p, far in zip(pairs, apart) if far], features[apart]
    weights = load_file(context.folder("efficientnet-lite0") / "model.safetensors")
    fitted = fit(
        features,
        texts.embed_texts([pair.text for pair in pairs]),
        weights["classifier.weight"],
        class_texts(texts),
    )
    save_file({name: array.astype(np.float16) for name, array in fitted.items()}, arguments.out)
    credits = [f"{pair.path.name}\t{pair.credit}\n" for pair in pairs]
    arguments.out.with_suffix(".credits.tsv").write_text("image\tcredit\n" + "".join(credits))
    print(f"{len(pairs)} pairs; {arguments.out}: sha256 {file_digest(arguments.out)}")


def features_of(network: EfficientNet, pairs: list[Captioned]) -> np.ndarray:
    """Return (n, 1280) float32 unit rows."""
    blocks = [pairs[start : start + 64] for start in range(0, len(pairs), 64)]
    found = [network.score(np.stack([model_input(p.path) for p in b])).features for b in blocks]
    return unit_rows(np.concatenate(found))


def class_texts(texts: TextEncoder) -> np.ndarray:
    """Return (1000, width): of each class, the mean over its names, as a photo, and definition."""
    info = ImageNetInfo()
    count = info.num_classes()
    names = [info.index_to_description(n) for n in range(count)]
    photos = [f"A photo of {name.split(',')[0]}." for name in names]
    defined = [info.index_to_description(n, detailed=True) for n in range(count)]
    return np.mean([texts.embed_texts(form) for form in (names, photos, defined)], axis=0)


def fit(
    features: np.ndarray, captions: np.ndarray, prototypes: np.ndarray, classes: np.ndarray
) -> dict[str, np.ndarray]:
    """Fit the arrays of ``ImageMap``.

    Args:
        features: (n, f) unit rows of images; captions: (n, w) unit rows of their texts.
        prototypes: (c, f) the classifier's weights; classes: (c, w) their text vectors.
    """
    mean = features.mean(axis=0)
    images, prototypes = features - mean, prototypes - prototypes.mean(axis=0)
    prototypes = prototypes * (_mean_norm(images) / _mean_norm(prototypes))
    class_vectors = classes - classes.mean(axis=0)
    inputs = np.concatenate([images, CLASS_WEIGHT * prototypes])
    targets = np.concatenate([captions - captions.mean(axis=0), CLASS_WEIGHT * class_vectors])
    kernel = inputs @ inputs.T + RIDGE * np.eye(len(inputs))
    whitened = _whitening(np.concatenate([captions, classes]))
    return {
        "feature_mean": mean,
        "feature_map": inputs.T @ np.linalg.solve(kernel, targets) @ whitened,
        "class_vectors": class_vectors @ whitened,
    }


def _mean_norm(rows: np.ndarray) -> float:
    return float(np.linalg.norm(rows, axis=1).mean())


def _whitening(texts: np.ndarray) -> np.ndarray:
    """Return (w, w): lowers what most texts share, on the image side, so texts stay as they are."""
    variances, axes = np.linalg.eigh(np.cov(texts.T))
    scales = (np.maximum(variances, 0) / variances.mean() + FLOOR) ** -WHITENING
    return np.asarray((axes * scales) @ axes.T)


if __name__ == "__main__":
    main()
