import Transforms
