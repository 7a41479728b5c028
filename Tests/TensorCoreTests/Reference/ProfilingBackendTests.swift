import TensorCore
import Testing

@Suite struct ProfilingBackendTests {
  @Test func itComputesWhatItsBaseComputesAndCountsEachOperation() {
    let a = Variable(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    let backend = ProfilingBackend(CPUBackend.preferred)
    let product = Compute.$backend.withValue(backend) { a.linear(weight: a).linear(weight: a).value.array }
    #expect(product == a.linear(weight: a).linear(weight: a).value.array)
    #expect(backend.profile.sorted.map(\.operation) == ["product x · Wᵀ"])
    #expect(backend.profile.sorted.first?.calls == 2)
    #expect(backend.profile.sorted.first.map { $0.seconds > 0 } == true)
  }
}
