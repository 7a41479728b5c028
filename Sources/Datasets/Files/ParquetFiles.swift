/// Tables of images as Hugging Face serves them, which are not read: no maintained library reads them without great weight.
enum ParquetFiles {
  static let suffix = "parquet"

  /// How to make class folders of them, called by the numbers of classes, every image with its bytes as they are.
  static let advice =
    "parquet files are not read; with pandas and pyarrow installed, `python -c \"import pandas,pathlib,sys; "
    + "[(d:=pathlib.Path(sys.argv[1],str(r.label))).mkdir(parents=True,exist_ok=True) or "
    + "(d/f'{pathlib.Path(f).stem}-{i}.jpg').write_bytes(r.image['bytes']) for f in sys.argv[2:] "
    + "for i,r in pandas.read_parquet(f).iterrows()]\" FOLDER *.parquet` writes their images as class folders"
}
