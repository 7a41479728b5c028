import Foundation
import ImageCodec
import Testing

@Suite struct PreprocessorConfigTests {
  private func read(_ json: String) throws -> Preprocessing {
    try Preprocessing(huggingFace: Data(json.utf8), name: "preprocessor_config.json")
  }

  @Test func openAIsFileIsRead() throws {
    let preprocessing = try read(
      """
      {"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true,
       "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073],
       "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224}
      """)
    #expect(preprocessing == .clip(size: 224))
  }

  @Test func sigLIPsFileIsRead() throws {
    let preprocessing = try read(
      """
      {"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5],
       "image_processor_type": "SiglipImageProcessor", "image_std": [0.5, 0.5, 0.5], "resample": 3,
       "rescale_factor": 0.00392156862745098, "size": {"height": 384, "width": 384}}
      """)
    #expect(
      preprocessing
        == Preprocessing(
          size: 384, resizeMode: .squash, interpolation: .bicubic, mean: [0.5, 0.5, 0.5],
          std: [0.5, 0.5, 0.5]))
  }

  @Test func anEmptyFileMeansTheDefaultsOfCLIP() throws {
    #expect(try read("{}") == .clip(size: 224))
    #expect(try read(#"{"do_normalize": false}"#).std == [1, 1, 1])
  }

  @Test func whatIsNoJSONIsSaidInOneSentenceWithAdvice() {
    for text in ["garbage", "{", ""] {
      let words = (#expect(throws: ImageError.self) { try read(text) })?.description ?? ""
      #expect(words.contains("put back the model's own file") && !words.contains(".."), "\(words)")
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    for mode in [Preprocessing.ResizeMode.shortest, .squash, .longest] {
      for interpolation in [Preprocessing.Interpolation.bicubic, .bilinear] {
        let original = Preprocessing(
          size: 336, resizeMode: mode, interpolation: interpolation, mean: [0.1, 0.48145466, 0],
          std: [1, 0.26862954, 0.3])
        #expect(try Preprocessing(huggingFace: original.huggingFaceJSON(), name: "config") == original)
        let coded = try JSONEncoder().encode(original)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: coded) == original)
      }
    }
  }

  @Test(arguments: [
    ("", "not a preprocessor_config.json"),
    ("[]", "not a preprocessor_config.json"),
    (#"{"size": "big"}"#, "size"),
    (#"{"size": {"height": 224}}"#, "width"),
    (#"{"size": 0, "crop_size": 0}"#, "0"),
    (#"{"size": 1000000000, "crop_size": 1000000000}"#, "1000000000"),
    (#"{"size": 1e99}"#, "size"),
    (#"{"size": {"height": 224, "width": 336}, "do_center_crop": false}"#, "not square"),
    (#"{"size": 256, "crop_size": 224}"#, "crop_size"),
    (#"{"size": 224, "do_center_crop": false}"#, "do_center_crop"),
    (#"{"resample": 1}"#, "resample"),
    (#"{"do_resize": false}"#, "do_resize"),
    (#"{"do_rescale": false}"#, "255"),
    (#"{"rescale_factor": 0.5}"#, "255"),
    (#"{"image_mean": [0.5]}"#, "mean"),
    (#"{"image_mean": ["a", "b", "c"]}"#, "image_mean"),
    (#"{"image_std": [0.5, 0, 0.5]}"#, "deviation"),
  ])
  func whatCannotBeHonouredIsAnErrorThatSaysWhat(json: String, mentions: String) {
    do {
      _ = try Preprocessing(huggingFace: Data(json.utf8), name: "model/preprocessor_config.json")
      Issue.record("\(json) is accepted")
    } catch {
      #expect(error.kind == .badData)
      #expect(error.description.hasPrefix("model/preprocessor_config.json: "))
      #expect(error.description.contains(mentions), "\(error)")
    }
  }

  @Test func invalidStoredPreprocessingIsRefused() {
    let json = #"{"size": -1, "resizeMode": "shortest", "interpolation": "bicubic", "mean": [0], "std": []}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
    }
  }
}
