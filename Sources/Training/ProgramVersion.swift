/// The version of this program, which records and scores carry.
public enum ProgramVersion {
  public static let current = "0.2.0"
}
