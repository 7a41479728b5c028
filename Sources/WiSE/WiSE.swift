// WiSE
