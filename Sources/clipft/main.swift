print("clipft")
