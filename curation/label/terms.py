"""The words and phrases each labeling function listens for.

One block per function, named after it; phrases are separated by ``|`` and have up to four words. They are
field vocabulary, not quotations: a phrase belongs here when it would mark the topic in any paper. Plurals,
hyphens, accents and British spellings need no entry of their own (see `curation.label.functions.tokenize`).
"""

from typing import Final

TERM_TABLE: Final[dict[str, str]] = {
    # diffusion-models
    "diffusion-family": """diffusion model|diffusion probabilistic model|denoising diffusion
        |score based generative|score based diffusion|score based model|diffusion generative
        |generative diffusion|latent diffusion|stable diffusion|diffusion transformer|ddpm|ddim|dpm
        |probability flow ode|score matching|classifier free guidance|diffusion sampling
        |diffusion process|score function|diffusion based|consistency model|consistency distillation
        |consistency training|diffusion prior|diffusion policy|discrete diffusion|masked diffusion
        |absorbing diffusion|remasking|diffusion language model""",
    "bridges-and-flows": """schrodinger bridge|schroedinger bridge|diffusion bridge|bridge matching
        |stochastic bridge|flow matching|rectified flow|stochastic interpolant
        |iterative markovian fitting|reflow""",
    "few-step-sampling": """fast sampling|faster sampling|few step|one step|single step|fewer step
        |sampling step|sampling speed|number of function evaluation|nfe|diffusion ode|diffusion sde
        |reverse time sde|solver|sampler|reverse process|forward process|noise schedule|noise level
        |diffusion time|diffusion inversion|integrator""",
    "diffusion-in-title": "diffusion",
    # state-space-models
    "deep-state-space": """mamba|s4|s5|s6|hippo|ssm|selective state space|structured state space
        |deep state space|state space layer|linear recurrent unit""",
    "classical-state-space": """state space|hmm|hidden markov|linear dynamical system
        |switching dynamical system|hidden semi markov|kalman filter""",
    # generative-models
    "energy-and-boltzmann": """energy based model|energy based generative|ebm|boltzmann machine|rbm
        |contrastive divergence|bayesian flow network|energy based learning|boltzmann generator""",
    "flows-gans-vaes": """normalizing flow|generative adversarial network|gan|vae
        |variational autoencoder|invertible neural network|autoregressive image generation|stylegan
        |gflownet""",
    "generative-model": """generative model|generative modeling|deep generative|image generation
        |density estimation|generative framework|likelihood estimation""",
    # language-models
    "language-model-family": """language model|llm|language modeling|pretraining|gpt|in context learning
        |instruction tuning|perplexity|next token|prompting|language generation|bert|text generation
        |long context|tokenizer""",
    "mixture-of-experts": """mixture of expert|moe|expert routing|load balancing loss|router
        |sparse expert|expert parallelism|expert selection|switch transformer|expert choice
        |top k routing""",
    "fast-decoding": """speculative decoding|parallel decoding|draft|blockwise parallel|early exit
        |token generation|speculative sampling|multi token prediction|non autoregressive decoding""",
    "reasoning-and-capability": """mathematical reasoning|multi step reasoning|chain of thought
        |process supervision|complex reasoning|downstream capability|downstream performance
        |question answering|test time compute|outcome reward model|process reward model|math problem""",
    # bayesian-inference
    "monte-carlo-inference": """mcmc|smc|particle filter|particle gibbs|particle filtering|gibbs sampler
        |gibbs sampling|metropolis hasting|importance sampling|langevin|monte carlo|sampling algorithm
        |target distribution|mixing time|feynman kac|smoothing distribution|hmc""",
    "variational-inference": """variational inference|variational bayes|evidence lower bound|elbo
        |amortized inference|approximate inference|approximate bayesian|simulation based inference
        |expectation propagation|laplace approximation|probabilistic programming|variational posterior
        |variational approximation|bayesian filtering|backward filtering|backward filter
        |programmable inference|probabilistic graphical model|latent state|posterior approximation
        |particle based|message passing inference|stein variational""",
    "bayesian-models": """bayesian|bnn|gaussian process|neural process|posterior|prior distribution
        |uncertainty quantification|epistemic uncertainty|predictive uncertainty|uncertainty estimation
        |deep ensemble|hierarchical prior|bayes""",
    "bayesian-optimization": """bayesian optimization|acquisition function|expected improvement
        |surrogate model|gaussian process bandit|knowledge gradient""",
    # optimization
    "gradient-methods": """sgd|gradient descent|stochastic gradient|coordinate descent|step size
        |stepsize|learning rate|momentum|adam|preconditioned|preconditioner|variance reduction
        |variance reduced|newton|proximal|frank wolfe|mirror descent|polyak|error feedback
        |stochastic approximation|adagrad|optimizer|accelerated gradient|hypergradient
        |gradient compression|admm""",
    "optimization-problems": """bilevel optimization|stochastic optimization|convex optimization
        |nonconvex|non convex|minimax optimization|distributed optimization|black box optimization
        |zeroth order|variational inequality|saddle point|distributionally robust optimization
        |combinatorial optimization|submodular|linear programming|optimization problem
        |optimization algorithm|decentralized optimization|constrained optimization|finite sum
        |model based optimization|optimization under uncertainty|evolutionary algorithm
        |multi objective optimization|bayesian optimization|derivative free|integer programming""",
    "optimization-rates": """iteration complexity|oracle complexity|convergence rate|stationary point
        |linear convergence|strongly convex|communication complexity|smoothness|superlinear
        |gradient complexity|convergence analysis|communication compression|stochastic gradient oracle
        |objective function""",
    # learning-theory
    "generalization-theory": """expressiveness|expressivity|expressive power|sample complexity
        |rademacher|pac bayes|vc dimension|covering number|universal approximation|approximation theory
        |double descent|overparameterized|over parameterized|neural tangent kernel|implicit bias
        |generalization|implicit regularization|benign overfitting|learnability|approximation error
        |infinite width""",
    "loss-landscapes": """loss landscape|mode connectivity|neural collapse|edge of stability
        |information bottleneck|sharpness|grokking|permutation invariance|feature learning
        |training dynamic|statistical mechanic|phase transition|weight matching|lazy training
        |implicit regularization|minima|mean field""",
    "scaling-laws": """scaling law|neural scaling|scaling behavior|compute optimal|emergent ability
        |parameter scaling|predictable scaling|power law scaling""",
    "theory-of-a-family": """theoretical analysis|theoretical framework|theoretical understanding
        |provable|provably|non asymptotic|convergence guarantee|theoretical guarantee|error bound
        |convergence analysis|convergence rate|we prove|theoretically|upper bound|lower bound|theory""",
    # reinforcement-learning
    "rl-methods": """reinforcement learning|rl|markov decision process|mdp|policy gradient|q learning
        |actor critic|value network|value function|ppo|policy optimization|reward function
        |imitation learning|optimal policy|multi agent|exploration|atari""",
    "bandits-and-regret": """bandit|regret|thompson sampling|online learning|knapsack
        |best arm identification|competitive ratio|online decision making""",
    "planning-and-reward": """world model|rlhf|human feedback|preference optimization|planning
        |policy learning|trajectory optimization|monte carlo tree search|planner|reward""",
    # time-series
    "forecasting": """time series|forecasting|timeseries|long horizon|forecast|seasonality|seasonal
        |temporal pattern|temporal dependency|future value""",
    "events-and-dynamics": """point process|hawkes|event sequence|marked temporal point
        |system identification|markov jump process|irregularly sampled|sequence prediction|next element
        |process mining|neural ode|dynamical system|next event|continuous time dynamic|neural sde
        |process discovery""",
    # graphs-clustering
    "communities": """community detection|blockmodel|block model|mixed membership|bipartite network
        |modularity|hypergraph|community structure|adjacency matrix|complex network|network embedding
        |community recovery""",
    "graph-learning": """graph neural network|gnn|graph learning|node classification|graph convolution
        |link prediction|graph transformer|knowledge graph|node embedding|node attribute
        |graph representation|graph generation|message passing neural|graph structure learning
        |heterophily|graph data|dynamic graph""",
    "clustering": "clustering|cluster|k means|partitioning|biclustering",
    # efficiency-systems
    "model-compression": """quantization|quantized|low bit|binarization|binary neural network|bit width
        |pruning|pruned|compressing|compressed model|model compression|knowledge distillation
        |token reduction|token merging|lightweight model|low precision|structured sparsity|1 bit|4 bit
        |8 bit|model size""",
    "model-acceleration": """accelerating|acceleration|inference latency|inference speed
        |memory requirement|edge device|mobile device|on device|computational cost|resource constrained
        |inference cost|caching|lightweight|inference time|fast inference|fewer parameter|feature reuse""",
    "systems-and-hardware": """gpu|kernel fusion|throughput|serving|memory footprint|hardware|kv cache
        |training system|io aware|accelerator|fpga|tensor core|distributed training|parallel training
        |data parallelism|tensor parallelism|pipeline parallelism|cuda|compiler|memory bandwidth
        |offloading|communication overhead|sparse training|asic|energy efficiency""",
    "numerical-kernels": """block sparse|sparse matrix|matrix multiplication|fast fourier|floating point
        |attention kernel|sparse attention|flash attention|sparse operation|parallel scan
        |numerical linear algebra|low rank approximation|arithmetic""",
    # computer-vision
    "image-and-video": """object detection|segmentation|image classification|super resolution
        |image restoration|image editing|video|image translation|visual recognition|image quality|vision
        |image denoising|deblurring|optical flow|depth estimation|pose estimation|image recognition""",
    "three-dimensional": """point cloud|gaussian splatting|3d gaussian|nerf|neural rendering
        |radiance field|novel view synthesis|3d reconstruction|3d vision|3d shape|mesh|3d object
        |3d scene|3d generation""",
    "remote-and-medical-imaging": """remote sensing|satellite|hyperspectral|medical image
        |medical imaging|mri|ct|x ray|ultrasound|histopathology|change detection|earth observation
        |aerial image|magnetic resonance imaging|tomography|radiology""",
    # speech-audio
    "speech-and-sound": """speech|audio|music|sound|waveform|vocoder|speaker|acoustic|dereverberation
        |source separation|foley|singing|spectrogram|voice""",
    # science-engineering
    "chemistry-and-biology": """molecule|molecular|protein|drug|retrosynthesis|chemistry|chemical|dna
        |rna|genomic|gene|biological|crystal|smiles|ligand|docking|neural network potential|force field
        |antibody|peptide|cell|biology|materials science|bioinformatics|enzyme|epidemiology""",
    "physics-and-nature": """physics|pde|partial differential equation|collider|unfolding|cross section
        |fluid|turbulence|weather|climate|astrophysical|cosmology|galaxy|neuroscience|spiking|eeg|fmri
        |brain|ecology|species|quantum|lattice|plasma|conservation law|scientific machine learning
        |physical system|seismic|geophysical|neural operator""",
    "engineering-and-industry": """battery|state of health|prognostic|remaining useful life
        |fault diagnosis|fault detection|manufacturing|job shop|dispatching rule|scheduling problem
        |bearing|vibration|aero engine|power grid|power system|structural health|robot|robotic|vehicle
        |traffic|industrial|mechanical|aircraft|sensor data|autonomous driving|logistics|smart grid
        |machining""",
    "telecommunication": """channel estimation|wireless|mimo|noma|base station|ofdm|uplink|downlink
        |antenna|beamforming|5g|6g|radar|outage probability|multiple access|cellular
        |intelligent reflecting surface|millimeter wave|signal detection|spectrum|internet of thing
        |channel state information|modulation""",
    # finance-economics
    "markets-and-money": """stock|financial|finance|trading|portfolio|option pricing|credit|market maker
        |market making|cryptocurrency|crypto|auction|volatility|limit order book|cash demand|cash flow
        |hedging|bank|economic|liquidity|asset|derivative pricing|valuation adjustment|collateral
        |insurance|international trade|blockchain|econometric|investor|market equilibrium|game theory
        |mechanism design|bidding|automated market""",
    # security-privacy
    "attacks-and-certificates": """backdoor|adversarial example|poisoning|jailbreak|membership inference
        |trojan|adversarial robustness|certified robustness|randomized smoothing|model stealing
        |robustness certificate|robustness verification|smoothed classifier|lipschitz constant
        |bound propagation|neural network verification|defense|adversarial perturbation|malware
        |intrusion detection|attack""",
    "privacy-and-protection": """differentially private|privacy|data protection|unlearning
        |selective forgetting|copyright|watermark|watermarking|memorization|private learning
        |secure aggregation|sensitive data|data leakage|cryptography|encryption""",
    "concept-removal": """erasing|erasure|concept removal|unsafe content|nsfw|harmful content
        |safety alignment|inappropriate content|deepfake|concept ablation|content moderation
        |forgetting concept""",
    # statistics
    "estimation-and-testing": """estimator|hypothesis testing|hypothesis test|confidence interval
        |central limit theorem|asymptotic normality|maximum likelihood|method of moment|model selection
        |penalized|regression|minimax rate|bootstrap|covariance matrix|copula|econometrics
        |statistical inference|parameter estimation|oracle inequality|statistical estimation
        |high dimensional statistic|risk bound|consistent estimation|statistical guarantee|conformal
        |coverage guarantee|softmax gating|nonparametric|concentration inequality|statistical model
        |survival""",
    "stochastic-processes": """stochastic process|random walk|levy process|brownian motion|martingale
        |ergodic|branching process|stationary process|random matrix|wiener process|probability theory
        |exceedance|random variable|large deviation|stationary gaussian process|switching process
        |stochastic differential equation|markov process|excursion|invariant measure|stochastic control
        |hitting time|jump process|optimal stopping|rough path|fractional brownian|limit theorem
        |stochastic geometry|renewal|random field""",
    "causality": """treatment effect|root cause|counterfactual|confounder|instrumental variable
        |exchangeable|causal|causality|intervention|structure learning|directed acyclic graph""",
    # information-systems
    "recommendation-and-search": """recommendation|recommender|retrieval|collaborative filtering
        |click through rate|click prediction|ctr prediction|search engine|inverted index|query|ranking
        |user behavior|user preference|document|learning to rank|e commerce""",
    "data-and-business": """database|sql|data warehouse|data management|information system
        |query optimizer|data lake|knowledge base|enterprise|business|data mining|metadata
        |data integration|data quality|ontology|decision support""",
    # learning-methods
    "ways-of-learning": """continual learning|catastrophic forgetting|active learning|federated learning
        |meta learning|few shot learning|transfer learning|domain adaptation|multi task learning
        |semi supervised|self supervised|contrastive learning|curriculum learning|decentralized learning
        |cooperative learning|set learning|lifelong learning|domain generalization|mutual learning
        |label noise|data augmentation|weak supervision|knowledge transfer|representation learning
        |test time training""",
    "automl-and-ensembles": """automl|automated machine learning|neural architecture search
        |algorithm selection|ensemble|boosting|decision tree|hypernetwork|stacking|model merging
        |base learner|random forest|hyperparameter|self distillation|tabular data""",
    "interpretability": """concept bottleneck|interpretability|explainability|explainable
        |feature attribution|concept based|saliency|disentangled representation|probing|interpretable
        |black box model|shapley|sparse autoencoder""",
}

# In a title, these make the function of that name abstain.
UNLESS_TABLE: Final[dict[str, str]] = {
    "diffusion-in-title": "graph|graph clustering|reaction|brownian|jump|anomalous|network|information",
    "generative-model": "diffusion|score based|bridge|flow matching|state space model|language model",
    "mixture-of-experts": "regression|model selection|gaussian|rl|reinforcement learning|vision|estimation",
    "reasoning-and-capability": "causal",
    "model-compression": "retrieval|recommendation|compressive sensing|vector quantization",
    "stochastic-processes": "diffusion model|score based|bridge|generative|variational inference",
}

# Without one of these in title or abstract, the function of that name abstains.
NEEDS_TABLE: Final[dict[str, str]] = {
    "few-step-sampling": "diffusion|diffusion model|score based|schrodinger bridge|flow matching|ddim",
    "mixture-of-experts": "language model|llm|language modeling|transformer|text|token",
    "fast-decoding": "language model|llm|language modeling|transformer|text|token",
}
