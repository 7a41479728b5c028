"""Writes the manifests beyond ImageNet's and the world's, with their class lists and prompts, from public sources.

Run from the repository root:

    pip install --no-deps clip-benchmark==1.6.2 tensorflow-datasets==4.9.10 wilds==2.0.0
    git clone https://github.com/openai/CLIP SOURCES/CLIP            (at d05afc436d78f1c48dc0dbf8e5980a9d471f35f6)
    git clone https://github.com/mlfoundations/wise-ft SOURCES/wise-ft   (at 58b7a4b343b09dc06606aa929c2ef51accced8d1)
    python scripts/make-manifests.py SOURCES [--check]

With --check nothing is written: what differs is named, and the exit code is 1.

The packages are read as files, never imported. Facts that stand in code, not in a file of data, are written below, each
with where it was read:

CoOp      KaiyangZhou/CoOp at ff61507: DATASETS.md (folders), datasets/*.py (how class names are made, how images are
          divided), trainers/zsclip.py (CUSTOM_TEMPLATES)
Dassl     KaiyangZhou/Dassl.pytorch at c61a1b5: dassl/data/datasets/dg/pacs.py (classes and counts of PACS)
DomainBed facebookresearch/DomainBed at b93c22a: domainbed/scripts/download.py (folders of its sets, classes of
          TerraIncognita)
VTAB      google-research/task_adaptation at d7630d3: task_adaptation/data/*_test.py (counts, numbers of classes)
DataComp  mlfoundations/datacomp at 4a8df19: tasklist.yml (counts of test images), download_evalsets.py (folders)
WILDS     the wilds package: wilds/datasets/*_dataset.py

A count that none of them has is left out.
"""
import argparse
import ast
import csv
import importlib.util
import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "manifests"


# Sources.


def package(name):
    """The folder of an installed package, which is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        sys.exit(f"there is no package {name}; see the head of this file")
    return pathlib.Path(spec.origin).parent


def constants(path):
    """The lists and texts that a Python file assigns to names, by name."""
    values = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                values[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                pass
    return values


def clip_prompts(path):
    """Classes and prompts of CLIP's data/prompts.md, by its headings."""
    sections = {}
    for section in re.split(r"^## ", path.read_text(), flags=re.M)[1:]:
        code = re.search(r"```bash\n(.*?)```", section, re.S)
        if code:
            lists = {n.targets[0].id: ast.literal_eval(n.value) for n in ast.parse(code.group(1)).body}
            sections[section.split("\n")[0].strip()] = lists
    return sections


arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("sources", type=pathlib.Path)
arguments.add_argument("--check", action="store_true")
options = arguments.parse_args()

BENCHMARK = package("clip_benchmark") / "datasets"
NAMES = json.loads((BENCHMARK / "en_classnames.json").read_text())
PROMPTS = {
    key: [prompt.replace("{c}", "{}") for prompt in prompts]
    for key, prompts in json.loads((BENCHMARK / "en_zeroshot_classification_templates.json").read_text()).items()
}
TFDS = package("tensorflow_datasets")
WILDS = package("wilds") / "datasets"
CLIP = clip_prompts(options.sources / "CLIP" / "data" / "prompts.md")


def tfds_lines(path):
    return (TFDS / path).read_text().splitlines()


def tfds_builder(name):
    return constants(TFDS / "datasets" / name / f"{name}_dataset_builder.py")


# Class names.


def spaced(names):
    return [name.replace("_", " ") for name in names]


def coop_scenes():
    """As CoOp's SUN397 has them: /b/bazaar/indoor is "indoor bazaar"."""
    return spaced(" ".join(line.split("/")[2:][::-1]) for line in tfds_lines("image_classification/sun397_labels.txt"))


def coop_cars():
    """As CoOp has them: the year goes to the front."""
    names = (name.split(" ") for name in CLIP["StanfordCars"]["classes"])
    return [" ".join(words[-1:] + words[:-1]) for words in names]


def coop_actions():
    """As CoOp's UCF101 has them: HandstandPushups is "Handstand Pushups"."""
    return [" ".join(re.findall("[A-Z][^A-Z]*", line)) for line in tfds_lines("video/ucf101_labels.txt")]


def coop_objects():
    """As CoOp's Caltech101 has them: folders but for two, four of them renamed, in the order of their folders."""
    renamed = {"faces": "face", "leopards": "leopard", "motorbikes": "motorbike", "airplanes": "airplane"}
    folders = tfds_lines("image_classification/caltech101_labels.txt")
    folders = [line for line in folders if line not in ("background_google", "faces_easy")]
    # In the archive, these three are written with a capital, which sorts first.
    folders.sort(key=lambda line: (line not in ("faces", "leopards", "motorbikes"), line))
    return spaced(renamed.get(line, line) for line in folders)


def coop_flowers():
    """As in the cat_to_name.json that CoOp uses, which calls two flowers otherwise than CLIP does."""
    other = {"air plant": "ball moss", "pink and yellow dahlia": "pink-yellow dahlia"}
    return [other.get(name, name) for name in CLIP["Flowers102"]["classes"]]


def species():
    """iWildCam's, by label: wise-ft's labels.csv has names in English. Several labels share a name."""
    path = options.sources / "wise-ft" / "src" / "datasets" / "iwildcam_metadata" / "labels.csv"
    with open(path, newline="") as file:
        rows = {int(row["y"]): row["english"] for row in csv.DictReader(file)}
    return [{"id": str(label), "name": rows[label]} for label in range(182)]


# The folders of the archive.
OFFICE = """Alarm_Clock Backpack Batteries Bed Bike Bottle Bucket Calculator Calendar Candles Chair Clipboards Computer Couch
Curtains Desk_Lamp Drill Eraser Exit_Sign Fan File_Cabinet Flipflops Flowers Folder Fork Glasses Hammer Helmet Kettle Keyboard
Knives Lamp_Shade Laptop Marker Monitor Mop Mouse Mug Notebook Oven Pan Paper_Clip Pen Pencil Postit_Notes Printer Push_Pin
Radio Refrigerator Ruler Scissors Screwdriver Shelf Sink Sneakers Soda Speaker Spoon TV Table Telephone ToothBrush Toys
Trash_Can Webcam""".split()

SHARED = {
    "caltech101-classes.txt": coop_objects(),
    "vtab-caltech101-classes.txt": NAMES["caltech101_vtab"],
    "cifar100-classes.txt": CLIP["CIFAR100"]["classes"],
    "domainnet-classes.txt": spaced(constants(WILDS / "domainnet_dataset.py")["DOMAIN_NET_CATEGORIES"]),
    "dtd-classes.txt": CLIP["DescribableTextures"]["classes"],
    "flowers-classes.txt": coop_flowers(),
    "fmow-classes.txt": spaced(constants(WILDS / "fmow_dataset.py")["categories"]),
    "food101-classes.txt": CLIP["Food101"]["classes"],
    "iwildcam-classes.txt": species(),
    "office-home-classes.txt": spaced(OFFICE),
    "pets-classes.txt": NAMES["pets"],
    "resisc45-classes.txt": CLIP["RESISC45"]["classes"],
    "stanford-cars-classes.txt": coop_cars(),
    "sun397-classes.txt": coop_scenes(),
    "ucf101-classes.txt": coop_actions(),
    "caltech101-templates.txt": PROMPTS["caltech101"],
    "cifar-templates.txt": PROMPTS["cifar100"],
}

# The order of labels, where another source gives it as well.
alike = lambda names: [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]  # noqa: E731
assert alike(NAMES["pets"]) == alike(tfds_builder("oxford_iiit_pet")["_LABEL_CLASSES"])
assert alike(SHARED["dtd-classes.txt"]) == alike(tfds_lines("image_classification/dtd_key_attributes.txt"))
assert alike(SHARED["resisc45-classes.txt"]) == alike(tfds_builder("resisc45")["_LABELS"])
assert set(alike(SHARED["food101-classes.txt"])) == set(alike(tfds_lines("image_classification/food-101_classes.txt")))
assert alike(SHARED["domainnet-classes.txt"]) == alike(
    constants(TFDS / "image_classification/domainnet/domainnet.py")["_CLASS_NAMES"]
)
assert PROMPTS["cifar10"] == PROMPTS["cifar100"]
# Dassl notes that the T-shirt is DomainNet's label 327.
assert SHARED["domainnet-classes.txt"].index("t-shirt") == 327
for one, other in zip(coop_flowers(), tfds_builder("oxford_flowers102")["_NAMES"]):
    assert alike([one])[0][:3] == alike([other])[0][:3] or one in ("ball moss", "barberton daisy"), (one, other)


# Manifests.

MANIFESTS = {}


def manifest(name, title, description, *, family=None, role="target", layout, splits, classes, templates, metric=None,
             folders=None, id_twin=None, homepage, licence, citation):
    MANIFESTS[name] = {
        "name": name, "title": title, "description": description, "family": family or name, "role": role,
        "layout": layout, "splits": splits, "classes": classes, "folders": folders, "templates": templates,
        "metric": metric, "id_twin": id_twin, "homepage": homepage, "licence": licence, "citation": citation,
    }


def split(path, count=None, root=None):
    return {"path": path, "count": count, "root": root}


UNSAID = "see the homepage"
ORIGIN = {
    "caltech101": ("https://data.caltech.edu/records/mzrjq-6wc02", "CC BY 4.0",
                   "Fei-Fei et al., Learning Generative Visual Models from Few Training Examples, CVPR Workshop 2004"),
    "cifar": ("https://www.cs.toronto.edu/~kriz/cifar.html", UNSAID,
              "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"),
    "dtd": ("https://www.robots.ox.ac.uk/~vgg/data/dtd/", "for research",
            "Cimpoi et al., Describing Textures in the Wild, CVPR 2014"),
    "flowers": ("https://www.robots.ox.ac.uk/~vgg/data/flowers/102/", UNSAID,
                "Nilsback and Zisserman, Automated Flower Classification over a Large Number of Classes, ICVGIP 2008"),
    "pets": ("https://www.robots.ox.ac.uk/~vgg/data/pets/", "CC BY-SA 4.0",
             "Parkhi et al., Cats and Dogs, CVPR 2012"),
    "svhn": ("http://ufldl.stanford.edu/housenumbers/", "non-commercial",
             "Netzer et al., Reading Digits in Natural Images with Unsupervised Feature Learning, NIPS Workshop 2011"),
    "sun397": ("https://vision.princeton.edu/projects/2010/SUN/", UNSAID,
               "Xiao et al., SUN Database: Large-scale Scene Recognition from Abbey to Zoo, CVPR 2010"),
    "pcam": ("https://github.com/basveeling/pcam", "CC0",
             "Veeling et al., Rotation Equivariant CNNs for Digital Pathology, MICCAI 2018"),
    "eurosat": ("https://github.com/phelber/EuroSAT", "MIT",
                "Helber et al., EuroSAT: A Novel Dataset and Deep Learning Benchmark, JSTARS 2019"),
    "resisc45": ("http://www.escience.cn/people/JunweiHan/NWPU-RESISC45.html", UNSAID,
                 "Cheng et al., Remote Sensing Image Scene Classification, Proceedings of the IEEE 2017"),
    "retinopathy": ("https://www.kaggle.com/c/diabetic-retinopathy-detection", "rules of the competition",
                    "Kaggle and EyePacs, Diabetic Retinopathy Detection, 2015"),
    "clevr": ("https://cs.stanford.edu/people/jcjohns/clevr/", "CC BY 4.0",
              "Johnson et al., CLEVR: A Diagnostic Dataset, CVPR 2017"),
    "dmlab": ("https://github.com/google-research/task_adaptation", UNSAID,
              "Zhai et al., The Visual Task Adaptation Benchmark, 2019"),
    "kitti": ("https://www.cvlibs.net/datasets/kitti/", "CC BY-NC-SA 3.0",
              "Geiger et al., Are We Ready for Autonomous Driving?, CVPR 2012"),
    "dsprites": ("https://github.com/google-deepmind/dsprites-dataset", "Apache-2.0",
                 "Matthey et al., dSprites, 2017"),
    "smallnorb": ("https://cs.nyu.edu/~ylclab/data/norb-v1.0-small/", "for research",
                  "LeCun et al., Learning Methods for Generic Object Recognition, CVPR 2004"),
    "food101": ("https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/", UNSAID,
                "Bossard et al., Food-101: Mining Discriminative Components with Random Forests, ECCV 2014"),
    "cars": ("https://ai.stanford.edu/~jkrause/cars/car_dataset.html", UNSAID,
             "Krause et al., 3D Object Representations for Fine-Grained Categorization, ICCV Workshop 2013"),
    "ucf101": ("https://www.crcv.ucf.edu/data/UCF101.php", UNSAID,
               "Soomro et al., UCF101: A Dataset of 101 Human Action Classes, 2012"),
    "pacs": ("https://domaingeneralization.github.io", UNSAID,
             "Li et al., Deeper, Broader and Artier Domain Generalization, ICCV 2017"),
    "office-home": ("https://www.hemanthdv.org/officeHomeDataset.html", "non-commercial research",
                    "Venkateswara et al., Deep Hashing Network for Unsupervised Domain Adaptation, CVPR 2017"),
    "domainnet": ("http://ai.bu.edu/M3SDA/", "non-commercial research",
                  "Peng et al., Moment Matching for Multi-Source Domain Adaptation, ICCV 2019"),
    "terra": ("https://lila.science/datasets/caltech-camera-traps", "CDLA-Permissive 1.0",
              "Beery et al., Recognition in Terra Incognita, ECCV 2018"),
    "iwildcam": ("https://wilds.stanford.edu/datasets/#iwildcam", "CDLA-Permissive 1.0",
                 "Beery et al., The iWildCam 2020 Competition Dataset, 2020; Koh et al., WILDS, ICML 2021"),
    "fmow": ("https://wilds.stanford.edu/datasets/#fmow", "FMoW Challenge Public License",
             "Christie et al., Functional Map of the World, CVPR 2018; Koh et al., WILDS, ICML 2021"),
    "camelyon17": ("https://wilds.stanford.edu/datasets/#camelyon17", "CC0",
                   "Bandi et al., The CAMELYON17 Challenge, IEEE TMI 2018; Koh et al., WILDS, ICML 2021"),
}


def origin(key):
    return dict(zip(("homepage", "licence", "citation"), ORIGIN[key]))


# CIFAR, in its binary version. Counts: VTAB.
for number in (10, 100):
    path = {10: "cifar-10-batches-bin", 100: "cifar-100-binary"}[number]
    manifest(
        f"cifar{number}", f"CIFAR-{number}", f"Photographs of 32 × 32 pixels in {number} classes.", layout="cifar",
        splits={"train": split(path, 50000), "test": split(path, 10000)},
        classes=CLIP["CIFAR10"]["classes"] if number == 10 else "cifar100-classes.txt", templates="cifar-templates.txt",
        **origin("cifar"))

# The newer of its two versions. Count: tensorflow-datasets.
manifest(
    "cifar10.1", "CIFAR-10.1 (v6)", "A fresh test set for CIFAR-10, drawn as it was.", family="cifar10", role="shift",
    layout="npy", splits={"test": split("cifar10.1/cifar10.1_v6_data.npy?labels=cifar10.1_v6_labels.npy", 2000)},
    classes=CLIP["CIFAR10"]["classes"], templates="cifar-templates.txt", id_twin="cifar10",
    homepage="https://github.com/modestyachts/CIFAR-10.1", licence="MIT",
    citation="Recht et al., Do CIFAR-10 Classifiers Generalize to CIFAR-10?, 2018")

# CoOp's sets but for ImageNet. Classes by CoOp's rules; one prompt, CoOp's.
# Counts of test images where they are the set's own (VTAB, DataComp); of all parts where CoOp's shares of 50, 20 and 30 %
# are of classes of known size: 1,000 images a class in Food-101, 120 in DTD.
PHOTO = ["a photo of a {}."]
COOP = [
    ("caltech101", "Caltech101", "Objects of 100 kinds.", "caltech-101/split_zhou_Caltech101.json", {},
     "caltech101-classes.txt", PHOTO, "mean_per_class", "caltech101"),
    ("oxford-pets", "Oxford-IIIT Pet", "Cats and dogs of 37 breeds.", "oxford_pets/split_zhou_OxfordPets.json",
     {"test": 3669}, "pets-classes.txt", ["a photo of a {}, a type of pet."], "mean_per_class", "pets"),
    ("stanford-cars", "Stanford Cars", "Cars of 196 models.", "stanford_cars/split_zhou_StanfordCars.json",
     {"test": 8041}, "stanford-cars-classes.txt", PHOTO, None, "cars"),
    ("oxford-flowers", "Oxford Flowers 102", "Flowers of 102 species.",
     "oxford_flowers/split_zhou_OxfordFlowers.json", {}, "flowers-classes.txt",
     ["a photo of a {}, a type of flower."], "mean_per_class", "flowers"),
    ("food101", "Food-101", "Dishes of 101 kinds.", "food-101/split_zhou_Food101.json",
     {"train": 50500, "val": 20200, "test": 30300}, "food101-classes.txt", ["a photo of {}, a type of food."], None,
     "food101"),
    ("sun397", "SUN397", "Scenes of 397 kinds.", "sun397/split_zhou_SUN397.json", {}, "sun397-classes.txt", PHOTO,
     None, "sun397"),
    ("dtd", "Describable Textures", "Textures that 47 adjectives describe.",
     "dtd/split_zhou_DescribableTextures.json", {"train": 2820, "val": 1128, "test": 1692}, "dtd-classes.txt",
     ["{} texture."], None, "dtd"),
    ("eurosat", "EuroSAT", "Land use in Sentinel-2's images of Europe.", "eurosat/split_zhou_EuroSAT.json", {},
     ["Annual Crop Land", "Forest", "Herbaceous Vegetation Land", "Highway or Road", "Industrial Buildings",
      "Pasture Land", "Permanent Crop Land", "Residential Buildings", "River", "Sea or Lake"],
     ["a centered satellite photo of {}."], None, "eurosat"),
    ("ucf101", "UCF101", "Middle frames of videos of 101 actions.", "ucf101/split_zhou_UCF101.json", {},
     "ucf101-classes.txt", ["a photo of a person doing {}."], None, "ucf101"),
]
for name, title, words, path, counts, classes, templates, metric, key in COOP:
    manifest(
        name, title, f"{words[:-1]}, divided as CoOp does.", layout="split",
        splits={part: split(path, counts.get(part)) for part in ("train", "val", "test")}, classes=classes,
        templates=templates, metric=metric, **origin(key))

# FGVC-Aircraft as CoOp has it: its own lists of variants. Count of test images: DataComp.
manifest(
    "fgvc-aircraft", "FGVC-Aircraft", "Aircraft of 100 variants, in the lists of the set's authors, as CoOp takes them.",
    layout="flat",
    splits={part: split(f"fgvc_aircraft/images?labels=images_variant_{part}.txt&unlisted=skip", 3333 if part == "test" else None)
            for part in ("train", "val", "test")},
    classes=CLIP["FGVCAircraft"]["classes"], templates=["a photo of a {}, a type of aircraft."], metric="mean_per_class",
    homepage="https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/", licence="for non-commercial research",
    citation="Maji et al., Fine-Grained Visual Classification of Aircraft, 2013")

# NWPU-RESISC45 as it is unpacked, undivided. Count: the description in tensorflow-datasets.
manifest(
    "resisc45", "RESISC45", "Aerial images of 45 kinds of land; undivided.", layout="folder",
    splits={"train": split("NWPU-RESISC45", 31500)}, classes="resisc45-classes.txt", templates=PROMPTS["resisc45"],
    **origin("resisc45"))

# VTAB-1K in lists. Counts: VTAB. Prompts and, where it has any, class names: clip-benchmark; angles and parts:
# tensorflow-datasets.
NUMBERS = [str(index) for index in range(16)]


def angles(values):
    """Named by the angle, known by the position: lists have positions."""
    return [{"id": str(index), "name": f"{value} degrees"} for index, value in enumerate(values)]


VTAB = [
    ("caltech101", "Caltech101", "natural", 6084, "vtab-caltech101-classes.txt", "caltech101-templates.txt",
     "caltech101"),
    ("cifar", "CIFAR-100", "natural", 10000, "cifar100-classes.txt", "cifar-templates.txt", "cifar"),
    ("dtd", "Describable Textures", "natural", 1880, "dtd-classes.txt", PROMPTS["dtd"], "dtd"),
    ("oxford_flowers102", "Flowers102", "natural", 6149, "flowers-classes.txt", PROMPTS["flowers"], "flowers"),
    ("oxford_iiit_pet", "Pets", "natural", 3669, "pets-classes.txt", PROMPTS["pets"], "pets"),
    ("svhn", "SVHN", "natural", 26032, NAMES["svhn"], PROMPTS["svhn"], "svhn"),
    ("sun397", "SUN397", "natural", 21750, "sun397-classes.txt", PROMPTS["sun397"], "sun397"),
    ("patch_camelyon", "Camelyon", "specialised", 32768, NAMES["pcam"], PROMPTS["pcam"], "pcam"),
    ("eurosat", "EuroSAT", "specialised", 5400, NAMES["eurosat"], PROMPTS["eurosat"], "eurosat"),
    ("resisc45", "RESISC45", "specialised", 6300, "resisc45-classes.txt", PROMPTS["resisc45"], "resisc45"),
    ("diabetic_retinopathy", "Retinopathy", "specialised", 42670, NAMES["diabetic_retinopathy"],
     PROMPTS["diabetic_retinopathy"], "retinopathy"),
    ("clevr_count", "Clevr, count", "structured", 15000, NAMES["clevr_count_all"], PROMPTS["clevr_count_all"],
     "clevr"),
    # The fourth distance has no word in clip-benchmark.
    ("clevr_dist", "Clevr, distance", "structured", 15000,
     [name or "neither near nor distant" for name in NAMES["clevr_closest_object_distance"]],
     PROMPTS["clevr_closest_object_distance"], "clevr"),
    ("dmlab", "DMLab", "structured", 22735, NAMES["dmlab"], PROMPTS["dmlab"], "dmlab"),
    ("kitti", "KITTI, distance", "structured", 711, NAMES["kitti_closest_vehicle_distance"],
     PROMPTS["kitti_closest_vehicle_distance"], "kitti"),
    ("dsprites_loc", "dSprites, location", "structured", 73728, NUMBERS, PROMPTS["dsprites_label_x_position"],
     "dsprites"),
    ("dsprites_ori", "dSprites, orientation", "structured", 73728, NUMBERS, PROMPTS["dsprites_label_orientation"],
     "dsprites"),
    ("smallnorb_azi", "smallNORB, azimuth", "structured", 12150, angles(range(0, 360, 20)),
     PROMPTS["smallnorb_label_azimuth"], "smallnorb"),
    ("smallnorb_ele", "smallNORB, elevation", "structured", 12150, angles(range(30, 71, 5)),
     PROMPTS["smallnorb_label_elevation"], "smallnorb"),
]
for folder, title, group, count, classes, templates, key in VTAB:
    path = f"vtab-1k/{folder}"
    manifest(
        "vtab-" + folder.replace("_", "-"), f"VTAB-1K {title}",
        f"One of VTAB-1K's {group} tasks, 1,000 images to train and validate on.", layout="list",
        splits={"train": split(f"{path}/train800.txt", 800), "val": split(f"{path}/val200.txt", 200),
                "test": split(f"{path}/test.txt", count)},
        classes=classes, templates=templates, **origin(key))

# Domains. Where nothing is divided, the target has training images alone, and no shift a twin.
DOMAINS = [
    ("pacs", "PACS", "PACS", {"photo": 1670, "art_painting": 2048, "cartoon": 2344, "sketch": 3929},
     ["dog", "elephant", "giraffe", "guitar", "horse", "house", "person"]),
    ("office-home", "Office-Home", "office_home", {"Real World": None, "Art": None, "Clipart": None, "Product": None},
     "office-home-classes.txt"),
    ("terra", "TerraIncognita", "terra_incognita",
     {"location_100": None, "location_38": None, "location_43": None, "location_46": None},
     ["bird", "bobcat", "cat", "coyote", "dog", "empty", "opossum", "rabbit", "raccoon", "squirrel"]),
]
for family, title, root, domains, classes in DOMAINS:
    for index, (folder, count) in enumerate(domains.items()):
        name = folder.lower().replace("location_", "l").replace("_", "-").replace(" ", "-")
        words = folder.replace("_", " ")
        manifest(
            f"{family}-{name}", f"{title} {words}",
            f"The domain {words} of {title}, all its images" + (" to train on." if index == 0 else "."), family=family,
            role="target" if index == 0 else "shift", layout="folder",
            splits={"train" if index == 0 else "test": split(f"{root}/{folder}", count)}, classes=classes,
            templates=PHOTO, **origin(family))
for index, domain in enumerate(["real", "clipart", "infograph", "painting", "quickdraw", "sketch"]):
    parts = ["train", "test"] if index == 0 else ["test"]
    manifest(
        f"domainnet-{domain}", f"DomainNet {domain}",
        f"The domain {domain} of DomainNet, by the lists of its cleaned version.",
        family="domainnet", role="target" if index == 0 else "shift", layout="list",
        splits={part: split(f"domainnet/{domain}_{part}.txt") for part in parts}, classes="domainnet-classes.txt",
        templates=PHOTO, id_twin=None if index == 0 else "domainnet-real", **origin("domainnet"))

# WILDS. Prompts: wise-ft. The table names the parts; 42,791: DataComp.
def cameras(**parts):
    def path(part):
        return f"iwildcam_v2.0/metadata.csv?path=filename&label=y&split=split&{part}={parts[part]}"

    return {part: split(path(part), 42791 if parts[part] == "test" else None, "iwildcam_v2.0/train") for part in parts}


WILD = ["a photo of {}.", "{} in the wild."]
manifest(
    "iwildcam", "iWildCam", "Animals before camera traps, of WILDS: validated and tested at the traps trained on.",
    layout="csv", splits=cameras(train="train", val="id_val", test="id_test"), classes="iwildcam-classes.txt",
    templates=WILD, metric="macro_f1", **origin("iwildcam"))
manifest(
    "iwildcam-ood", "iWildCam, other traps", "Animals before camera traps, of WILDS: at other traps.", family="iwildcam",
    role="shift", layout="csv", splits=cameras(val="val", test="test"), classes="iwildcam-classes.txt",
    templates=WILD, metric="macro_f1", id_twin="iwildcam", **origin("iwildcam"))

# As DataComp's shards; WILDS's own tables cannot be read, as they have no column of paths. Counts: DataComp. Prompts of
# FMoW: those of wise-ft that need no article.
regions = ["in asia", "in africa", "in the americas", "in europe", "in oceania"]
manifest(
    "fmow", "FMoW", "Land use in satellite images after 2016, of WILDS, in DataComp's shards; scored on average, not in "
    "the worst region as WILDS does.", role="shift", layout="webdataset",
    splits={"test": split("wds_wilds-fmow_test/test", 22108)}, classes="fmow-classes.txt",
    templates=[f"{kind} photo of a {{}}{' ' + where if where else ''}." for where in ["", *regions]
               for kind in ("satellite", "aerial")] + ["a photo of a {}.", "{}."], **origin("fmow"))
manifest(
    "camelyon17", "Camelyon17", "Patches of lymph nodes from a hospital not trained on, of WILDS, in DataComp's shards.",
    role="shift", layout="webdataset", splits={"test": split("wds_wilds-camelyon17_test/test", 85054)},
    classes=NAMES["pcam"], templates=PROMPTS["pcam"], **origin("camelyon17"))


# Writing.


def scalar(value):
    """A YAML scalar: quoted where a plain one would be read otherwise."""
    text = str(value)
    plain = re.fullmatch(r"[A-Za-z][\w ./()+-]*|\d+", text) and text.lower() not in ("yes", "no", "true", "false", "null")
    if isinstance(value, str) and (text.isdigit() or not plain):
        return json.dumps(text, ensure_ascii=False)
    return text


def flow(mapping):
    return "{" + ", ".join(f"{key}: {scalar(value)}" for key, value in mapping.items() if value is not None) + "}"


def yaml(values):
    lines = []
    for key, value in values.items():
        if value is None:
            continue
        if key == "splits":
            lines += ["splits:"] + [f"  {part}: {flow(where)}" for part, where in value.items()]
        elif isinstance(value, list):
            lines += [f"{key}:"] + [f"  - {flow(one) if isinstance(one, dict) else scalar(one)}" for one in value]
        else:
            lines.append(f"{key}: {scalar(value)}")
    return "\n".join(lines) + "\n"


def text(values):
    return "".join((f"{one['id']}\t{one['name']}" if isinstance(one, dict) else one) + "\n" for one in values)


files = {name: text(values) for name, values in SHARED.items()}
files |= {f"{name}.yaml": yaml(values) for name, values in MANIFESTS.items()}
differing = []
for name, content in files.items():
    path = FOLDER / name
    if not options.check:
        path.write_text(content)
    elif not path.exists() or path.read_text() != content:
        differing.append(name)
print(f"{len(MANIFESTS)} manifests, {len(SHARED)} lists, {sum(len(c.encode()) for c in files.values())} bytes")
if differing:
    sys.exit("different: " + ", ".join(differing))
