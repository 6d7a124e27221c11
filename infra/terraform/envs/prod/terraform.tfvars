environment        = "prod"
monthly_budget_usd = 2000
