import ArgumentParser
import Experiments

extension RunSpec.Towers: ExpressibleByArgument {}
