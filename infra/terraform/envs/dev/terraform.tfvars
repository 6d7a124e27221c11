environment          = "dev"
force_destroy        = true
artifact_expiry_days = 30
monthly_budget_usd   = 200
