// CLIPCore
