import Foundation
import Testing

/// What is not understood gets one sentence with what to write instead.
@Suite("Words that are not understood")
struct UsageWordsTests {
  private let program: Program

  init() throws { program = try Program() }

  private func expectAdvice(
    _ line: String, _ words: String..., location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try program.run(arguments: line.split(separator: " ").map(String.init))
    #expect(outcome.status == 64, "\(line): \(outcome.errors)", sourceLocation: location)
    #expect(outcome.output.isEmpty, sourceLocation: location)
    #expect(outcome.errors.hasPrefix("error: "), "\(outcome.errors)", sourceLocation: location)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)", sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), "\(line): \(outcome.errors)", sourceLocation: location)
    }
  }

  @Test(
    "options that one use of a command cannot obey are refused",
    arguments: [
      (["inspect", "arch:ViT-B-16", "--classes", "10"], "--classes"),
      (["inspect", "arch:ViT-B-16", "--option", "rank=2"], "--option"),
      (["embed", "--texts", "t.txt", "--image-size", "32", "--out", "e.safetensors"], "--image-size"),
      (["bench", "gemm", "--images", "photos"], "--images"),
      (["bench", "gemm", "--model", "arch:ViT-B-16"], "--model"),
      (["bench", "decode", "text", "--images", "photos", "--batch", "4"], "--batch"),
      (["zeroshot", "--classes", "a,b", "--allow-partial"], "--allow-partial"),
      (["zeroshot", "--classes", "a,b", "--data-root", "d"], "--data-root"),
      (["tokenize", "--tokenizer", "t", "--arch", "ViT-B-32"], "--arch"),
      (["pretrain", "--out", "p", "--templates", "t.txt"], "--templates"),
      (["pretrain", "--out", "p", "--classes", "a,b"], "--classes"),
      (["pretrain", "--out", "p", "--data-root", "d"], "--data-root"),
      (["pretrain", "--out", "p", "--allow-partial"], "--allow-partial"),
      (["pretrain", "--out", "p", "--dataset", "shapes", "--classes", "a,b"], "--classes"),
    ])
  func withoutEffect(arguments: [String], option: String) throws {
    let outcome = try program.run(arguments: arguments)
    #expect(
      outcome.status == 64 && outcome.errors.contains("\(option) has no effect here"), "\(outcome.errors)")
  }

  @Test("A command that there is none of gets the one that is meant")
  func commands() throws {
    for word in ["eval", "evaluate", "eval_shift", "evalshift", "eval-shfit"] {
      try expectAdvice("\(word) folder:x", word, "`clipft eval-shift`")
    }
    for word in ["train", "fine-tune", "fine_tune", "Finetune", "finetun"] {
      try expectAdvice(word, "`clipft finetune`")
    }
    try expectAdvice("interpolate", "`clipft wise`")
    try expectAdvice("inspec --model arch:ViT-B-16", "`clipft inspect`")
    try expectAdvice("help evaluate", "`clipft eval-shift`")
    try expectAdvice("datasets lst", "`clipft datasets list`")
    try expectAdvice("datasets verify x", "`clipft datasets check`")
    try expectAdvice("version", "clipft --version")
    try expectAdvice("xyzzy", "finetune", "bench")
  }

  @Test("An option of a method is given to --option")
  func methodOptions() throws {
    try expectAdvice("finetune --peft lora --rank 16", "--option rank=16")
    try expectAdvice("finetune --rank=16 --peft lora", "--option rank=16")
    try expectAdvice("finetune --peft lora --dropout 0", "--option dropout=0")
    try expectAdvice("finetune --peft lora --lora_rank 4", "--option rank=4")
    try expectAdvice("finetune --peft lora --scale -2", "--option scale=")
    try expectAdvice("inspect --peft lora --rank 16", "--option rank=16")
    try expectAdvice("finetune --lora", "--peft lora")
    // Where the command has no methods, the one that has.
    try expectAdvice("wise --rank 16", "lora", "clipft finetune --option rank=")
    try expectAdvice("finetune --peft lora --option rnk=16", "did you mean rank?")
    try expectAdvice("finetune --peft lora --option rank", "rank=16", "'rank'")
    try expectAdvice("finetune --peft lora --option rank=1 --option rank=2", "rank", "twice")
  }

  @Test("A misspelt option, or one of another program, gets the right one with its value")
  func options() throws {
    try expectAdvice("wise --alpha 0.5", "--alphas 0.5")
    try expectAdvice("wise --alpha=0.5", "--alphas 0.5")
    try expectAdvice("finetune --method lora", "--peft lora")
    try expectAdvice("finetune --learning_rate 0.1", "write --lr 0.1")
    try expectAdvice("finetune -lr 0.1", "--lr 0.1")
    try expectAdvice("finetune --bs 32", "--batch-size 32")
    try expectAdvice("finetune --batchsize=32", "--batch-size 32")
    try expectAdvice("finetune --epoch 3", "--epochs 3")
    try expectAdvice("finetune --eopchs 3", "--epochs 3")
    try expectAdvice("finetune --output-dir a", "--out a")
    try expectAdvice("pretrain --bs 3 --out x", "--batch-size 3")
    try expectAdvice("bench --bs 3", "--batch 3")
    try expectAdvice("embed --img a.jpg", "--images a.jpg")
    try expectAdvice("eval-shift x --alphas 0.5", "--alpha 0.5")
    try expectAdvice("eval-shift x --lr 0.5", "clipft finetune")
    try expectAdvice("finetune --frobnicate", "clipft finetune --help")
    try expectAdvice("--json datasets", "clipft datasets --json")
    try expectAdvice("--peft lora", "clipft finetune --peft")
  }

  @Test("A method that there is none of gets the nearest")
  func methods() throws {
    try expectAdvice("finetune --peft lore", "lore", "did you mean lora?")
    try expectAdvice("inspect --model arch:ViT-B-16 --peft bit-fit", "did you mean bitfit?")
  }

  @Test("Values that cannot be used say what can")
  func values() throws {
    try expectAdvice("datasets list --threads abc", "--threads is 'abc'", "whole number")
    try expectAdvice("datasets list --threads 1.5", "--threads is '1.5'", "whole number")
    try expectAdvice("datasets list --threads 0", "1 to 4096")
    try expectAdvice("datasets list --threads -3", "--threads is -3", "1 to 4096")
    try expectAdvice("datasets list --threads 99999999999999999999", "not so large")
    try expectAdvice("bench --seconds nan", "--seconds is nan")
    try expectAdvice("bench --seconds -1", "--seconds is -1")
    try expectAdvice("bench --seconds ten", "--seconds is 'ten'", "a number")
    try expectAdvice("world --out w --seed -1", "--seed is '-1'", "at least 0")
    try expectAdvice("embed --precision fp8 --images a --out b", "'fp8'", "auto, fp32 or bf16")
    try expectAdvice("convert a b --to onnx", "'onnx'", "hf, open_clip or openai")
    try expectAdvice("eval-shift x --alpha inf", "--alpha is inf")
  }

  @Test("What is missing, too much or said twice is named")
  func shape() throws {
    try expectAdvice("eval-shift", "<data>")
    try expectAdvice("convert a", "--to")
    try expectAdvice("export --run", "--run needs a value")
    try expectAdvice("wise a b", "'b'")
    try expectAdvice("wise --json=yes", "--json", "no value")
    try expectAdvice("finetune --peft lora --lr 1 --lr 2", "--lr", "twice")
    try expectAdvice("finetune --peft lora --lr 1 --learning-rate 2", "--lr", "twice")
    try expectAdvice("datasets show", "<name>")
  }

  @Test("help works before and after the command")
  func help() throws {
    for line in [["help", "wise"], ["wise", "help"], ["wise", "--help"], ["wise", "--nonsense", "-h"]] {
      let outcome = try program.run(arguments: line)
      #expect(outcome.status == 0 && outcome.output.contains("--alphas"), "\(line)")
    }
    let nested = try program.run("datasets", "check", "help")
    #expect(nested.status == 0 && nested.output.contains("--decode"))
    #expect(try program.run("--generate-completion-script", "bash").output.hasPrefix("#!/bin/bash"))
  }
}
