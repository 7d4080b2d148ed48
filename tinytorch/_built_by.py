"""Which module of the course builds which names; written by `tito dev build`."""

BUILT_BY = {
    "core.setup": (
        "00_setup",
        (
            "dot", "memory_gb", "machine",
        ),
    ),
    "core.tensor": (
        "01_tensor",
        (
            "OPS", "zeros_like", "ones_like", "rand_like", "randn_like", "sub", "neg", "pow_", "exp", "log", "sqrt",
            "sin", "cos", "tanh", "sign", "maximum", "minimum", "abs_", "erf", "where", "clamp", "eq", "ne", "lt", "le",
            "gt", "ge", "amax", "amin", "argmax", "argmin", "any_", "all_", "as_array", "Tensor", "tensors_in",
            "unwrap", "opened", "wrap", "promote", "Recipe", "Seam", "apply", "op", "Random", "manual_seed", "tensor",
            "zeros", "ones", "full", "eye", "arange", "linspace", "rand", "randn", "randint", "like", "full_like",
            "add", "mul", "div", "swapped", "broadcast_shapes", "matmul", "elementwise", "clip", "cast", "method", "to",
            "numpy", "tolist", "item", "numel", "size", "sum_", "prod", "cumsum", "reduction", "count", "mean",
            "corrected", "var", "std", "getitem", "reshape", "view", "permute", "transpose", "unsqueeze", "squeeze",
            "expand", "contiguous", "repeat", "cat", "gather", "argsort", "flatten", "narrow", "masked_fill", "flip",
            "split", "chunk", "stack", "along_each", "roll", "tril", "triu", "ValuesIndices", "sort", "max_", "min_",
            "topk",
        ),
    ),
    "core.activations": (
        "02_activations",
        (
            "log1p", "expm1", "normal_cdf", "normal_pdf", "tanh_cdf", "vecdot", "relu", "leaky_relu", "floating",
            "sigmoid", "silu", "softplus", "elu", "tanh_slope", "gated", "gelu_gradient", "gelu", "softmax", "detach",
            "log_softmax", "Activation", "ReLU", "LeakyReLU", "Softmax", "Sigmoid", "Tanh", "LogSoftmax", "GELU",
            "SiLU", "ELU", "Softplus",
        ),
    ),
    "core.layers": (
        "03_layers",
        (
            "matmul", "Dense", "Parameter", "Shelves", "fits", "put", "Registry", "joined", "Tree", "Members",
            "Trainable", "Keys", "overwrite", "State", "label", "Shown", "Module", "fans", "constant_", "zeros_",
            "ones_", "normal_", "uniform_", "calculate_gain", "xavier_normal_", "kaiming_normal_", "kaiming_uniform_",
            "xavier_uniform_", "linear", "Linear", "Container", "Sequential", "ModuleList", "ModuleDict", "Flatten",
            "Identity", "dropout", "Dropout",
        ),
    ),
    "core.losses": (
        "04_losses",
        (
            "exp_less_one_at", "reduced", "outside", "same_shape", "l1_loss", "mse_loss", "huber_loss",
            "smooth_l1_loss", "bounded_log", "unit_interval", "equal_shapes", "binary_cross_entropy",
            "binary_cross_entropy_with_logits", "class_dim", "pick", "places", "check_weight", "check_classes",
            "counts", "nll_loss", "logsumexp", "softmax_cross_entropy", "along", "one_hot", "soft_losses",
            "check_smoothing", "check_soft", "cross_entropy", "kl_div", "Loss", "WeightedLoss", "NLLLoss",
            "CrossEntropyLoss", "MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "KLDivLoss", "BCELoss",
            "BCEWithLogitsLoss",
        ),
    ),
    "core.autograd": (
        "05_autograd",
        (
            "RULES", "FREED", "NOT_DIFFERENTIABLE", "numerical_grad", "recording", "no_grad", "enable_grad",
            "is_grad_enabled", "seam", "on_arrays", "rule", "unbroadcast", "spread", "graph", "shares", "paired",
            "start", "gradients", "owned", "whole", "backward", "grad", "flow", "set_grad_enabled", "retain_grad",
            "requires_grad_", "listed", "tall", "others", "place", "scatter_add", "gradcheck", "requiring", "weighted",
            "gradgradcheck", "Context", "Function", "Step",
        ),
    ),
    "core.optimizers": (
        "06_optimizers",
        (
            "NEEDED", "COMMON", "TITLES", "NOT_NEGATIVE", "MUON_SCALE", "descend_", "check_params", "Groups", "kept",
            "shown", "Saved", "Table", "check_settings", "memory", "Steered", "Optimizer", "velocity", "SGD", "lerp_",
            "over_root_", "Adagrad", "variance_", "RMSprop", "averages_", "adam_step_", "Adam", "shrink_", "AdamW",
            "orthogonal", "Muon", "with_grad", "clip_grad_norm_", "clip_grad_value_", "LRScheduler", "StepLR",
            "MultiStepLR", "ExponentialLR", "linear", "LinearLR", "per_group", "LambdaLR", "cosine",
            "CosineAnnealingLR", "phase", "OneCycleLR", "Watch", "ReduceLROnPlateau",
        ),
    ),
    "core.training": (
        "07_training",
        (
            "CODES", "DTYPES", "epoch_order", "Batches", "Accuracy", "confusion_matrix", "ConfusionMatrix", "evaluate",
            "gather_gradients", "take_step", "Patience", "read_header", "read_tensor", "read_tensors", "write_tensors",
            "write_whole", "save", "load", "some", "fault", "watched", "check_rules", "find_nan", "random_state",
            "set_random_state", "Callback", "EarlyStopping", "Checkpoint", "Progress", "Bookkeeping", "Resumable",
            "first_bad", "Stepper", "as_pair", "Feeder", "Epochs", "Trainer",
        ),
    ),
    "core.dataloader": (
        "08_dataloader",
        (
            "Dataset", "TensorDataset", "Subset", "ConcatDataset", "IterableDataset", "whole_lengths", "as_seed",
            "random_split", "Sampler", "SequentialSampler", "RandomSampler", "WeightedRandomSampler", "BatchSampler",
            "default_collate", "shift", "turned_places", "sample", "Compose", "Normalize", "RandomHorizontalFlip",
            "RandomCrop", "RandomShift", "RandomRotation", "RandomNoise", "Transformed", "example_generator", "Dice",
            "at_once", "load_batch", "prefetch", "send_over", "receive_over", "WorkerInfo", "get_worker_info", "listen",
            "speak", "packed_error", "Told", "unpacked_error", "answer", "work", "shut", "Workers", "check_options",
            "DataLoader",
        ),
    ),
    "core.spatial": (
        "09_spatial",
        (
            "MODES", "out_length", "conv2d_loops", "windows", "conv2d_im2col", "fitting", "by_part", "correlate",
            "convolve", "convolve_weight", "turned", "shifts", "added_up", "convolve_input", "pair", "both_sides",
            "check_conv", "conv_nd", "conv2d", "conv1d", "max_pool", "firsts", "max_pool_grad", "max_pool_pick",
            "window_sum", "window_spread", "overhang", "pool_options", "max_pool_places", "max_pool2d", "pixels",
            "avg_pool2d", "averaging", "adaptive_avg_pool2d", "standardize", "track_", "batch_norm", "pad_constant",
            "pad", "ConvNd", "Conv2d", "Conv1d", "Conv2D", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm",
            "BatchNorm1d", "BatchNorm2d",
        ),
    ),
    "core.tokenization": (
        "10_tokenization",
        (
            "SINGLE", "SPACES", "FORMAT", "known", "CharTokenizer", "to_bytes", "from_bytes", "singles", "count_pairs",
            "merge", "kinds", "pattern", "splitter", "split", "count_words", "Pairs", "best", "replace", "train_merges",
            "encode_word", "Chain", "encode_long", "byte_names", "name_of", "piece_of", "read_merges", "cut_specials",
            "write_json", "read_json", "number", "listed", "check_vocabulary", "Vocabulary", "Coder", "BPETokenizer",
        ),
    ),
    "core.embeddings": (
        "11_embeddings",
        (
            "one_hot", "embedding", "add_rows", "Embedding", "from_pretrained", "sinusoids", "within",
            "LearnedPositions", "SinusoidalPositions", "rotary_angles", "rope", "nearest",
        ),
    ),
    "core.attention": (
        "12_attention",
        (
            "MultiHeadAttention", "causal_mask", "attention_weights", "scaled_dot_product_attention", "join_heads",
            "split_heads", "hidden", "both_masks", "Projections", "MultiheadAttention", "fold", "key_tiles",
            "tile_scores", "tiled_forward", "tiled_backward", "Tiled", "tiled_attention",
        ),
    ),
    "core.transformers": (
        "13_transformers",
        (
            "rms_normalize", "normalize", "standardized", "lengths", "over_last", "layer_norm", "rms_norm", "LayerNorm",
            "RMSNorm", "GPTConfig", "CausalSelfAttention", "MLP", "Block", "initialise_", "GPT", "num_params", "flops",
            "keep_top_k", "keep_top_p", "draw", "check_weights", "multinomial", "scores_after", "check_options",
            "choose", "generate",
        ),
    ),
}
