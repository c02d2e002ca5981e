"""The fluoroscopy suite: radiograph, slices and scene on the left, the needle and its checks on the right."""
